import { constants } from 'node:fs';
import { cp, lstat, open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { type ArtifactError, type ArtifactStore, isArtifactError } from '@artifacts/core';

import { forEachAtOnce } from './concurrency.ts';
import type { Progress } from './progress.ts';

interface StoredFile {
  readonly path: string;
  readonly size: number;
  readonly sizeOnDisk: number;
  readonly modifiedAt: number;
}

/** Every file of a store in a directory, the largest first. */
export async function filesOfStore(root: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size, blocks, mtimeMs } = await lstat(path);
    files.push({ path, size, sizeOnDisk: blocks * 512, modifiedAt: mtimeMs });
  }
  return files.toSorted((a, b) => b.size - a.size);
}

/** What somebody can do who has access to the disk: copies a store and flips one bit of one of its files. */
export async function copyAndFlip(root: string, copy: string, victim: string): Promise<void> {
  await cp(root, copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const file = await open(join(copy, relative(root, victim)), 'r+');
  try {
    const { size } = await file.stat();
    const byte = new Uint8Array(1);
    const middle = Math.floor(size / 2);
    await file.read(byte, 0, 1, middle);
    await file.write(
      byte.map((value) => value ^ 1),
      0,
      1,
      middle,
    );
  } finally {
    await file.close();
  }
}

/** Reads a whole store. Gives how many artifacts are what was stored, and the refusals of those that are not. */
export async function examine(
  store: ArtifactStore,
  progress: Progress,
): Promise<{ readonly intact: number; readonly refusals: ArtifactError[] }> {
  const refusals: ArtifactError[] = [];
  const ids: string[] = [];
  // A record that was tampered with is refused by the listing, content by the download.
  const onInvalid = ({ error }: { error: ArtifactError }) => void refusals.push(error);
  for await (const { id } of store.list({ onInvalid })) ids.push(id);
  let intact = 0;
  await forEachAtOnce(8, ids, async (id) => {
    try {
      for await (const _ of progress.through(await store.download(id)));
      intact += 1;
    } catch (error) {
      if (!isArtifactError(error)) throw error;
      refusals.push(error);
    }
    progress.fileDone();
  });
  return { intact, refusals };
}
