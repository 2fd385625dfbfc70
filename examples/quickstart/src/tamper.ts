import {
  type ArtifactBackend,
  type ArtifactError,
  type ArtifactStore,
  isArtifactError,
  type ObjectInfo,
} from '@artifacts/core';

import { forEachAtOnce } from './concurrency.ts';
import type { Progress } from './progress.ts';

/** Every object that a backend keeps, the largest first. */
export async function objectsIn(backend: ArtifactBackend): Promise<ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const object of backend.list({ prefix: '' })) objects.push(object);
  return objects.toSorted((a, b) => b.size - a.size);
}

/** What somebody can do who may write to the storage: copies all objects, one of them with one bit flipped. */
export async function copyAndFlip(
  from: ArtifactBackend,
  to: ArtifactBackend,
  objects: readonly ObjectInfo[],
  victim: ObjectInfo,
): Promise<void> {
  await forEachAtOnce(8, objects, async ({ key, size }) => {
    const found = await from.read(key);
    if (found.status !== 'found') throw new Error(`"${key}" is gone: something else uses this store`);
    const body = key === victim.key ? flipped(found.body, Math.floor(size / 2)) : found.body;
    await to.write(key, body, { size });
  });
}

/** The same bytes, but for one bit of the byte at `position`. */
async function* flipped(chunks: AsyncIterable<Uint8Array>, position: number): AsyncGenerator<Uint8Array> {
  let start = 0;
  for await (const chunk of chunks) {
    const byte = chunk[position - start];
    if (byte !== undefined) chunk[position - start] = byte ^ 1;
    start += chunk.length;
    yield chunk;
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
