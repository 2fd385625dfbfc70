// Store an artifact, read it back whole and in part, and see what a program does when there is none.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring, isArtifactError } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const store = new ArtifactStore({
  backend: memoryBackend(),
  signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
  audience: 'example',
});

const stored = await store.upload('reports/2026/annual.txt', 'all is well', { contentType: 'text/plain' });
assert.equal(stored.generation, 1);
assert.equal(stored.sizeBytes, 11);

const report = await store.download('reports/2026/annual.txt');
assert.equal(await report.text(), 'all is well');
assert.equal(await report.slice({ last: 4 }).text(), 'well');

await assert.rejects(store.download('reports/2027/annual.txt'), (error) => isArtifactError(error, 'NOT_FOUND'));

// What can be opened again is sent again when the storage fails: a function may give any stream, also one that comes later.
const blob = new Blob(['all is well']);
const fetched = async () => {
  const { body } = await fetch('data:text/plain,all%20is%20well');
  assert(body !== null);
  return body;
};
for (const source of [() => blob.stream(), fetched, { size: blob.size, open: () => blob.stream() }]) {
  const again = await store.upload('reports/2026/annual.txt', source, { contentType: 'text/plain' });
  assert.equal(again.checksumSha256, stored.checksumSha256);
}

assert.equal(await store.delete('reports/2026/annual.txt'), true);
assert.equal(await store.getMetadata('reports/2026/annual.txt'), undefined);
