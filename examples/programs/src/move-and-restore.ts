// Move a store to another place, keep a backup of it, and bring back what was damaged.
import assert from 'node:assert/strict';

import {
  ArtifactStore,
  ed25519,
  generateKey,
  generateKeyPair,
  hmacKeyring,
  keyring,
  migrate,
  verifyManifest,
} from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const here = memoryBackend();
const store = new ArtifactStore({
  backend: here,
  signing: hmacKeyring({ active: 'k1', keys: { k1: generateKey() } }),
  audience: 'production',
});
await store.upload('reports/2026', 'all is well', { metadata: { reviewed: true }, hold: true });
await store.upload('models/7', new Uint8Array(200_000).fill(7));
await store.namespace('tenant').upload('reports/2026', 'all is well here, too');

// 1. Everything arrives, under the keys and the audience of the destination. Whoever has the public key can check the manifest.
const { privateKey, publicKey } = generateKeyPair();
const backup = new ArtifactStore({
  backend: memoryBackend(),
  signing: keyring({ active: 'b1', keys: { b1: ed25519({ privateKey }) } }),
  audience: 'backup',
});
const first = await migrate(store, backup);
assert.deepEqual([first.copied, first.failed], [3, 0]);
const publicKeys = keyring({ keys: { b1: ed25519({ publicKey }) } });
const { artifacts, sizeBytes } = await verifyManifest(first.manifest ?? new Uint8Array(), publicKeys, {
  audience: 'backup',
});
assert.deepEqual([artifacts.length, sizeBytes], [3, 200_000 + 11 + 21]);

// 2. The next night only what is new is sent. A change of the record alone sends no content.
await store.upload('reports/2027', 'still well');
await store.update('models/7', { metadata: { reviewed: true } });
const second = await migrate(store, backup);
assert.deepEqual([second.copied, second.updated, second.unchanged, second.sentBytes], [1, 1, 2, 10]);

// 3. A disk forgets. What is missing is found, and comes back from the backup.
for await (const { key } of here.list({ prefix: 'content/' })) await here.delete(key);
for await (const finding of store.verify()) {
  assert.equal(finding.code, 'MISSING_CONTENT');
  assert.deepEqual(await store.repair(finding, { from: backup }), { outcome: 'restored' });
}
assert.equal((await (await store.download('models/7')).bytes()).length, 200_000);

// 4. The drill: a whole store out of the backup, compared byte by byte.
const restored = new ArtifactStore({
  backend: memoryBackend(),
  signing: hmacKeyring({ active: 'k2', keys: { k2: generateKey() } }),
  audience: 'production',
});
assert.equal((await migrate(backup, restored)).copied, 4);
assert.equal((await migrate(store, restored, { verifyOnly: true })).unchanged, 4);
assert.equal(await (await restored.namespace('tenant').download('reports/2026')).text(), 'all is well here, too');
