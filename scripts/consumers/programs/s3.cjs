// The same for those who have no modules, with a backend that they make themselves.
const assert = require('node:assert/strict');
const { describeCapabilities, s3Backend } = require('@artifacts/backend-s3');
const { ArtifactStore, generateKey, hmacKeyring, isArtifactError } = require('@artifacts/core');

async function main() {
  const backend = s3Backend({
    bucket: 'bucket',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });
  const signing = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });
  const store = new ArtifactStore({ backend, signing, audience: 'consumers' });
  await assert.rejects(store.download('build/1'), (error) => isArtifactError(error, 'UNAVAILABLE'));
  await backend.close();

  const claims = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: false };
  assert.match(describeCapabilities(claims), /^conditionalDelete: no/m);
}

void main();
