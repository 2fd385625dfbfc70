import type { ArtifactBackend } from '@artifacts/core';

import { collect, find, keysOf } from '../support/expect.ts';

/** What somebody with access to the storage, and without a key, can do to it. */

export function recordKeyOf(id: string): string {
  return `records/${id}`;
}

/** Where the content of large artifacts lies. */
export async function contentKeys(backend: ArtifactBackend): Promise<string[]> {
  return keysOf(backend, { prefix: 'content/' });
}

export async function objectAt(backend: ArtifactBackend, key: string): Promise<Uint8Array> {
  return Uint8Array.from(await collect((await find(backend, key)).body));
}

/** Everything stored, as key and version. */
export async function inventory(backend: ArtifactBackend): Promise<string[]> {
  const found: string[] = [];
  for await (const { key, version, size } of backend.list({ prefix: '' })) found.push(`${key} ${version} ${size}`);
  return found;
}

export function withFlippedBit(bytes: Uint8Array, index: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[index] = (flipped[index] ?? 0) ^ 1;
  return flipped;
}

/** The objects under two keys change places. */
export async function swap(backend: ArtifactBackend, first: string, second: string): Promise<void> {
  const [one, other] = [await objectAt(backend, first), await objectAt(backend, second)];
  await backend.write(first, other);
  await backend.write(second, one);
}
