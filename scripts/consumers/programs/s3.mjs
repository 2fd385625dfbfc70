// Opens a bucket by its URL and says, once it is asked for something, that nobody listens there.
import assert from 'node:assert/strict';
import { generateKey, isArtifactError, openArtifactStore } from '@artifacts/core';

const env = {
  ARTIFACT_SIGNING_KEY: `k1=${generateKey()}`,
  ARTIFACT_AUDIENCE: 'consumers',
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
};

const store = await openArtifactStore('s3://bucket/prefix?endpoint=http://127.0.0.1:1', { env });
await assert.rejects(store.download('build/1'), (error) => isArtifactError(error, 'UNAVAILABLE'));
await store.close();
