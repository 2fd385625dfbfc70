// One process signs with a private key. Others hold the public key alone: they verify everything and can write nothing.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateKeyPair, openArtifactReader, openArtifactStore } from '@artifacts/core';

const folder = await mkdtemp(join(tmpdir(), 'artifacts-reader-'));
try {
  const { privateKey, publicKey } = generateKeyPair();
  const shared = { ARTIFACT_URL: `file:${folder}/store`, ARTIFACT_AUDIENCE: 'releases' };

  // What a deployment would put into the environment of each process.
  const publisher = await openArtifactStore(undefined, {
    env: { ...shared, ARTIFACT_SIGNING_KEY: `release-2026=ed25519:${privateKey}` },
  });
  await publisher.upload('v1.0.0/tool', 'the tool');
  await publisher.close();

  const reader = await openArtifactReader(undefined, {
    env: { ...shared, ARTIFACT_SIGNING_KEY: `release-2026=ed25519-public:${publicKey}` },
  });
  const tool = await reader.download('v1.0.0/tool', { minGeneration: 1 });
  assert.equal(await tool.text(), 'the tool');
  assert.equal(tool.metadata.keyId, 'release-2026');
  assert.equal('upload' in reader, false);
  await reader.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
