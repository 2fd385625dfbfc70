import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ArtifactError } from '@artifacts/core';

import { namesOf, renamed } from './names.ts';

const template = fileURLToPath(new URL('../../template/', import.meta.url));

/**
 * Makes a package with a backend that keeps every rule in `folder`, which must be new or empty but for what git keeps there. Gives
 * the paths of its files below `folder`, in order.
 *
 * @throws `INVALID_ARGUMENT` with the field `folder`, before anything is written.
 */
export async function createBackend(folder: string): Promise<string[]> {
  const target = resolve(folder);
  const names = namesOf(basename(target));
  await requireEmpty(target);
  const entries = await readdir(template, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const source = join(entry.parentPath, entry.name);
      return { source, path: renamed(unpacked(relative(template, source)), names) };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { source, path } of files) {
    const file = join(target, path);
    await mkdir(dirname(file), { recursive: true });
    // Whatever came there in between is not overwritten.
    await writeFile(file, renamed(await readFile(source, 'utf8'), names), { flag: 'wx' });
  }
  return files.map(({ path }) => path);
}

/** Under their own names npm would leave these out of the package, or take them for the package's. */
function unpacked(name: string): string {
  return name
    .replace(/^gitignore$/, '.gitignore')
    .replace(/^package\.template\.json$/, 'package.json')
    .replace(/\.spec\.ts$/, '.test.ts');
}

async function requireEmpty(target: string): Promise<void> {
  const present = await readdir(target).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw refused('it cannot be read as a folder: give one that is new or empty', error);
  });
  if (present.some((name) => name !== '.git')) throw refused('it is not empty: give a folder that is new or empty');
}

function refused(message: string, cause?: unknown): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', message, { field: 'folder', ...(cause === undefined ? {} : { cause }) });
}
