// Opens a store by its URL: core finds the backend from where this program is, and says how to install one that is missing.
import assert from 'node:assert/strict';
import { generateKey, isArtifactError, openArtifactReader, openArtifactStore } from '@artifacts/core';

const env = { ARTIFACT_SIGNING_KEY: `k1=${generateKey()}`, ARTIFACT_AUDIENCE: 'consumers' };

const store = await openArtifactStore('file:./store-open', { env });
await store.upload('build/1', 'content');
await store.close();

const reader = await openArtifactReader('file:./store-open', { env });
assert.equal(await (await reader.download('build/1')).text(), 'content');

await assert.rejects(openArtifactStore('s3://bucket', { env }), (error) => {
  assert.equal(isArtifactError(error, 'CONFIGURATION'), true);
  assert.match(error.message, /npm install @artifacts\/backend-s3 /);
  return true;
});
