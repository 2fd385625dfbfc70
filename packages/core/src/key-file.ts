import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

import { isArtifactError, type ArtifactError } from './errors.ts';
import { makeKey, refusedKeys } from './key-material.ts';

const maxBytes = 64 * 1024;
const readByOthers = 0o004;

/**
 * The text of a file of keys, read at once.
 *
 * @throws `CONFIGURATION` with `field` when it cannot be read, is not a regular file of at most 64 KiB, or is open to every user
 */
export function readKeyFile(path: string, field: string): string {
  try {
    // Without waiting: a named pipe without a writer would hold the process for ever.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const problem = problemOfFile(fstatSync(file), path);
      if (problem !== undefined) throw refused(field, problem);
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isArtifactError(error)) throw error;
    // Without path and cause, which quotes it: somebody may have put the key itself where its path belongs.
    const { code } = error as NodeJS.ErrnoException;
    throw refused(field, `no file can be read there (${code}): give the path of one; make a key with: ${makeKey}`);
  }
}

function problemOfFile(stats: Stats, path: string): string | undefined {
  if (!stats.isFile() || stats.size > maxBytes) return `there is no regular file of at most ${maxBytes} bytes there`;
  // A group may share a key; Windows has no such modes.
  if (process.platform === 'win32' || (stats.mode & readByOthers) === 0) return undefined;
  return `every user of this machine may read the file: chmod o-r ${JSON.stringify(path)}, or mount the secret with mode 0440`;
}

function refused(field: string, problem: string): ArtifactError {
  return refusedKeys(field, `${field}: ${problem}`);
}
