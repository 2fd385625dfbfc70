import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { invalidArgument } from './errors.ts';

/**
 * The absolute path that a caller means, whatever becomes of the working directory or the URL later.
 *
 * @throws `INVALID_ARGUMENT` with the field `path`
 */
export function absolutePath(path: string | URL): string {
  const local = path instanceof URL ? pathOfUrl(path) : path;
  if (typeof local !== 'string' || local === '')
    throw invalidArgument('path', 'path must name a file: give a path or a file: URL');
  if (local.includes('\0')) throw invalidArgument('path', 'path must not contain NUL');
  return resolve(local);
}

function pathOfUrl(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw invalidArgument('path', `path must be a file: URL of this machine, not ${url.protocol}`, { cause });
  }
}
