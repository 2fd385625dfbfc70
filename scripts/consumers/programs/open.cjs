// The same for those who have no modules: a loader may well be a `require`.
const assert = require('node:assert/strict');
const { generateKey, openArtifactStore } = require('@artifacts/core');

async function main() {
  const env = { ARTIFACT_SIGNING_KEY: `k1=${generateKey()}`, ARTIFACT_AUDIENCE: 'consumers' };
  const loaders = { directory: async () => ({ default: require('@artifacts/backend-local') }) };

  for (const options of [{ env }, { env, loaders }]) {
    const store = await openArtifactStore('file:./store-open-cjs', options);
    await store.upload('build/1', 'content');
    await store.close();
  }
  await assert.rejects(openArtifactStore('directory:./store', { env, loaders }), /names no directory/);
}

void main();
