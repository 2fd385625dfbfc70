// Copy what is current from one store to another: another place, another audience, other keys. Run again, it sends what changed.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { localBackend } from '@artifacts/backend-local';
import { ArtifactStore, generateKey, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const folder = await mkdtemp(join(tmpdir(), 'artifacts-copy-'));
const keys = () => hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });
try {
  const from = new ArtifactStore({ backend: memoryBackend(), signing: keys(), audience: 'staging' });
  const to = new ArtifactStore({ backend: localBackend({ root: folder }), signing: keys(), audience: 'production' });

  async function copyAll(prefix: string): Promise<string[]> {
    const sent = [];
    for await (const { id, checksumSha256 } of from.list({ prefix })) {
      const there = await to.getMetadata(id);
      if (there?.checksumSha256 === checksumSha256) continue;
      // Verified while it is read, signed anew while it is written, never whole in memory.
      await from.copy(id, id, { into: to, ifGeneration: there?.generation ?? 0 });
      sent.push(id);
    }
    return sent;
  }

  await from.upload('web/index.html', '<p>hello', { contentType: 'text/html', metadata: { build: 7 } });
  await from.upload('web/large', new Uint8Array(3 * 1024 * 1024));
  await from.upload('other', 'stays');
  assert.deepEqual(await copyAll('web/'), ['web/index.html', 'web/large']);
  assert.deepEqual(await copyAll('web/'), []);

  await from.upload('web/index.html', '<p>hello again', { contentType: 'text/html' });
  assert.deepEqual(await copyAll('web/'), ['web/index.html']);
  const copied = await to.download('web/index.html');
  assert.equal(await copied.text(), '<p>hello again');
  assert.equal(copied.metadata.contentType, 'text/html');
  assert.equal(copied.metadata.generation, 2);
} finally {
  await rm(folder, { recursive: true, force: true });
}
