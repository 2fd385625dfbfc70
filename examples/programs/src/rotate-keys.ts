// Rotate a signing key without a gap, and revoke one that leaked.
import assert from 'node:assert/strict';

import { ArtifactStore, generateKey, hmac, isArtifactError, keyring, revoked, verifyOnly } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const backend = memoryBackend();
const [first, second] = [generateKey(), generateKey()];
const open = (signing: ReturnType<typeof keyring>) => new ArtifactStore({ backend, signing, audience: 'example' });

// 1. In the beginning there is one key.
const before = open(keyring({ active: 'k1', keys: { k1: hmac(first) } }));
await before.upload('old', 'signed by k1');

// 2. Every process learns the new key before any signs with it.
const learning = open(keyring({ active: 'k1', keys: { k1: hmac(first), k2: verifyOnly(hmac(second)) } }));
await learning.upload('still-old', 'signed by k1');

// 3. The new key signs; the old one still verifies.
const rotated = open(keyring({ active: 'k2', keys: { k1: verifyOnly(hmac(first)), k2: hmac(second) } }));
await rotated.upload('new', 'signed by k2');
const keyIds = [];
for await (const { id, keyId } of rotated.list()) keyIds.push(`${id}: ${keyId}`);
assert.deepEqual(keyIds, ['new: k2', 'old: k1', 'still-old: k1']);

// 4. What would be lost without the old key is listed, and signed anew. No content moves.
const { losing } = await rotated.keyUsage({ losing: 'k1' });
assert.deepEqual(
  losing.map(({ id }) => id),
  ['old', 'still-old'],
);
const { resigned, remaining } = await rotated.resign({ to: 'k2' });
assert.deepEqual([resigned, remaining], [2, { k1: 0 }]);

// 5. k1 may leak now: nothing needs it. Its secret need not be kept.
const safe = open(keyring({ active: 'k2', keys: { k1: revoked(), k2: hmac(second) } }));
assert.equal(await (await safe.download('old')).text(), 'signed by k1');

// 6. What a process that was forgotten signs with it counts for nothing.
await learning.upload('forged', 'signed by k1');
await assert.rejects(safe.download('forged'), (error) => isArtifactError(error, 'KEY_REVOKED'));
