import { fstatSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';

import { type FileSystem, nodeFileSystem } from '../../src/filesystem.ts';
import type { LocalBackendOptions } from '../../src/index.ts';

/** What a backend could do wrong, and a crash or a race must show. */
export const flaws = {
  none: {},
  'syncs nothing': { durability: 'process' },
  'syncs no file': { fs: syncing((isDirectory) => isDirectory) },
  'syncs no directory': { fs: syncing((isDirectory) => !isDirectory) },
  'writes in place': {
    fs: {
      link: (from, to) => (isObject(to) ? copy(from, to) : nodeFileSystem.link(from, to)),
      rename: (from, to) => (isObject(to) ? copy(from, to) : nodeFileSystem.rename(from, to)),
    },
  },
  'locks nothing': {
    fs: {
      rename: async (from, to) => (to.includes('/locks/') ? undefined : nodeFileSystem.rename(from, to)),
      // Somebody else may have deleted it, now that two can be at it.
      unlink: (path) => rm(path, { force: true }),
    },
  },
} satisfies Record<string, Omit<LocalBackendOptions, 'root'>>;

export type Flaw = keyof typeof flaws;

function syncing(synced: (isDirectory: boolean) => boolean): Partial<FileSystem> {
  return {
    fsync: async (descriptor) => {
      if (synced(fstatSync(descriptor).isDirectory())) await nodeFileSystem.fsync(descriptor);
    },
  };
}

function isObject(path: string): boolean {
  return path.includes('/objects/');
}

/** Piece by piece, as a program does that opens a file and writes to it. */
async function copy(from: string, to: string): Promise<void> {
  const bytes = await readFile(from);
  const { atime, mtime } = await stat(from);
  const target = await open(to, 'w');
  const size = Math.ceil(bytes.length / 16);
  for (let start = 0; start < bytes.length; start += size) await target.write(bytes.subarray(start, start + size));
  await target.utimes(atime, mtime);
  await target.close();
}
