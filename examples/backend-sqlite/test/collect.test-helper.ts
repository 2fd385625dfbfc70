import type { ArtifactBackend } from '@artifacts/core';

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function bytesUnder(backend: ArtifactBackend, key: string): Promise<Buffer> {
  const found = await backend.read(key);
  if (found.status !== 'found') throw new Error(`${key} is ${found.status}`);
  return Buffer.concat(await collect(found.body));
}
