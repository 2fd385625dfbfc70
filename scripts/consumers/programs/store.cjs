// The same for those who have no modules: Node loads ours by `require`.
const assert = require('node:assert/strict');
const { randomBytes } = require('node:crypto');
const { localBackend } = require('@artifacts/backend-local');
const { ArtifactStore, hmacKeyring, isArtifactError } = require('@artifacts/core');
const { memoryBackend } = require('@artifacts/core/memory');

async function main() {
  const signing = hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } });
  const content = randomBytes(200_000);

  for (const backend of [memoryBackend(), localBackend({ root: './store-cjs' })]) {
    const store = new ArtifactStore({ backend, signing, audience: 'consumers' });
    const { generation } = await store.upload('build/1', content);
    assert.equal(generation, 1);
    assert.deepEqual(Buffer.from(await (await store.download('build/1')).bytes()), content);
    await assert.rejects(store.download('build/2'), (error) => isArtifactError(error, 'NOT_FOUND'));
  }
}

void main();
