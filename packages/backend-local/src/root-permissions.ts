import { ArtifactError } from '@artifacts/core';

import type { FileStat } from './filesystem.ts';

const groupWrite = 0o020;
const worldWrite = 0o002;

/**
 * Refuses a root that others may write to: who can, can remove artifacts and lock them, even though not forge them.
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
