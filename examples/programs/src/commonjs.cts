// The same packages from CommonJS: Node loads them by `require`, TypeScript with `module: nodenext` from 5.8 on.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

async function main(): Promise<void> {
  const store = new ArtifactStore({
    backend: memoryBackend(),
    signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
    audience: 'example',
  });
  await store.upload('greeting', 'hello');
  assert.equal(await (await store.download('greeting')).text(), 'hello');
}

void main();
