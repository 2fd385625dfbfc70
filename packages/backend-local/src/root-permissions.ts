import { ArtifactError } from '@artifacts/core';

import type { FileStat } from './filesystem.ts';

const groupWrite = 0o020;
const worldWrite = 0o002;
const setgid = 0o2000;

/**
 * Refuses a root that others may write to: who can, can remove artifacts and lock them, even though not forge them. One that
 * is for its group must hand that group down, or what is created in it belongs to the group of whoever wrote it.
 *
 * @throws `CONFIGURATION` with the path, its owner, its mode and the command that repairs it
 */
export function assertSafeRoot(path: string, stat: FileStat, group: boolean): void {
  if (!stat.isDirectory()) throw noDirectory(path);
  const mode = Number(stat.mode) & 0o7777;
  const facts = `root ${JSON.stringify(path)} (uid ${stat.uid}, mode ${mode.toString(8).padStart(4, '0')})`;
  if ((mode & worldWrite) !== 0) {
    throw refusal(`${facts} is writable for everyone; repair with: chmod o-w ${quoted(path)}`);
  }
  if ((mode & groupWrite) !== 0 && !group) {
    throw refusal(
      `${facts} is writable for its group; repair with: chmod g-w ${quoted(path)}, or set permissions: "group" if that is meant`,
    );
  }
  if (group && (mode & setgid) === 0) {
    throw refusal(
      `${facts} does not give its group to what is created in it, as permissions: "group" needs; repair with: chmod g+s ${quoted(path)}`,
    );
  }
}

export function noDirectory(path: string, cause?: unknown): ArtifactError {
  return refusal(`root ${JSON.stringify(path)} is not a directory, or something on its path is not`, cause);
}

function refusal(message: string, cause?: unknown): ArtifactError {
  return new ArtifactError('CONFIGURATION', message, { field: 'root', cause });
}

/** One word for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
