import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryDirectory } from '../test/support/directory.ts';
import { Directories } from './directories.ts';
import { type FileStat, type FileSystem, nodeFileSystem } from './filesystem.ts';
import { settingsOf } from './options.ts';

interface Watched {
  readonly top: string;
  readonly path: string;
  readonly directories: Directories;
  /** The directories brought to the disk since the last time, sorted by their paths relative to the top. */
  readonly synced: () => string[];
}

async function watched(changes: (path: string) => Partial<FileSystem> = () => ({})): Promise<Watched> {
  const top = await temporaryDirectory();
  const path = join(top, 'below');
  await mkdir(path);
  let seen: string[] = [];
  const fs: FileSystem = { ...nodeFileSystem, ...changes(path) };
  const open: FileSystem['open'] = (name, flags, mode) => {
    seen.push(name.slice(top.length));
    return fs.open(name, flags, mode);
  };
  const synced = (): string[] => {
    const result = seen.toSorted();
    seen = [];
    return result;
  };
  return { top, path, directories: new Directories(settingsOf({ root: top, fs: { ...fs, open } })), synced };
}

/** By another one, with another inode also where those of the dead are used again. */
async function replace(directory: string): Promise<void> {
  await rmdir(directory);
  await writeFile(`${directory}.file`, '');
  await mkdir(directory);
}

test('I-9 a directory known to be durable needs those above it no more, until another is in its place', async () => {
  const { top, path, directories, synced } = await watched();
  await directories.sync(path, top);
  expect(synced()).toEqual(['', '/below']);
  await directories.sync(path, top);
  expect(synced()).toEqual(['/below']);
  await replace(path);
  await directories.sync(path, top);
  expect(synced()).toEqual(['', '/below']);
});

test('I-9 a directory replaced while those above it are brought to the disk is not taken for durable', async () => {
  let replaced = false;
  const { top, path, directories, synced } = await watched((below) => ({
    async open(name, flags, mode) {
      if (name === below && !replaced) {
        replaced = true;
        await replace(below);
      }
      return nodeFileSystem.open(name, flags, mode);
    },
  }));
  await directories.sync(path, top);
  // The second time, because the first may have been before the replacement.
  expect(synced()).toEqual(['', '', '/below']);
  await directories.sync(path, top);
  expect(synced()).toEqual(['', '/below']);
});

test('I-9 without birth times no directory is taken for the one that was durable', async () => {
  const ageless = async (stat: Promise<FileStat>): Promise<FileStat> => Object.assign(await stat, { birthtimeNs: 0n });
  const { top, path, directories, synced } = await watched(() => ({
    fstat: (descriptor) => ageless(nodeFileSystem.fstat(descriptor)),
    lstat: (name) => ageless(nodeFileSystem.lstat(name)),
  }));
  for (const _ of [1, 2, 3]) {
    await directories.sync(path, top);
    expect(synced()).toEqual(['', '/below']);
  }
});
