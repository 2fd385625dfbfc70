// Stores and reads an artifact with what was installed.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { localBackend } from '@artifacts/backend-local';
import { ArtifactStore, hmacKeyring, isArtifactError } from '@artifacts/core';
import { saveTo } from '@artifacts/core/file';
import { memoryBackend } from '@artifacts/core/memory';

const signing = hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } });
const content = randomBytes(200_000);

for (const backend of [memoryBackend(), localBackend({ root: './store-mjs' })]) {
  const store = new ArtifactStore({ backend, signing, audience: 'consumers' });
  const { generation } = await store.upload('build/1', content);
  assert.equal(generation, 1);
  assert.deepEqual(Buffer.from(await (await store.download('build/1')).bytes()), content);
  await saveTo(await store.download('build/1'), './saved-mjs');
  assert.deepEqual(await readFile('./saved-mjs'), content);
  await assert.rejects(store.download('build/2'), (error) => isArtifactError(error, 'NOT_FOUND'));
}
