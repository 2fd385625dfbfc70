import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

import { configuration, isArtifactError, type ArtifactError } from './errors.ts';
import { makeKey } from './key-material.ts';
import { holdsSecret } from './keyring-text.ts';

const maxBytes = 64 * 1024;
const readByOthers = 0o004;
const writtenByOthers = 0o002;

/**
 * The text of a file of keys, read at once.
 *
 * @throws `CONFIGURATION` with `field` when it cannot be read, is not a regular file of at most 64 KiB, or is open to
 * every user: for writing, or for reading when it holds more than public keys
 */
export function readKeyFile(path: string, field: string): string {
  try {
    // Without waiting: a named pipe without a writer would hold the process for ever.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || stats.size > maxBytes)
        throw refused(field, `there is no regular file of at most ${maxBytes} bytes there`);
      const text = readFileSync(file, 'utf8');
      const problem = problemOfMode(stats, path, holdsSecret(text));
      if (problem !== undefined) throw refused(field, problem);
      return text;
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

function problemOfMode({ mode }: Stats, path: string, secret: boolean): string | undefined {
  // A group may share a key; Windows has no such modes.
  if (process.platform === 'win32') return undefined;
  const file = JSON.stringify(path);
  if ((mode & writtenByOthers) !== 0)
    return `every user of this machine may write the file, and so add a key: chmod o-w ${file}`;
  if (!secret || (mode & readByOthers) === 0) return undefined;
  return `every user of this machine may read the file: chmod o-r ${file}, or mount the secret with mode 0440`;
}

function refused(field: string, problem: string): ArtifactError {
  return configuration(field, `${field}: ${problem}`);
}
