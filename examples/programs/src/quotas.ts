// A tenant has a quota that holds for all processes together: whatever fits is stored, and nothing more.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring, isArtifactError } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const backend = memoryBackend();
const signing = hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } });
const quota = { maxBytes: 100, maxCount: 3 };

/** As each of several processes would open it. */
function open(): ArtifactStore {
  return new ArtifactStore({ backend, signing, audience: 'example' }).namespace('tenant', { quota });
}
const one = open();
const other = open();

// Offered at once, all that fits is admitted: 70 and 20, or 90 alone.
const offers = [
  one.upload('a', new Uint8Array(70)),
  other.upload('b', new Uint8Array(90)),
  one.upload('c', new Uint8Array(20)),
];
await Promise.allSettled(offers);
assert.equal((await one.usage()).bytes, 90);

// The refusal says what is allowed, what is used, and what was asked for.
const refused = await other.upload('d', new Uint8Array(11)).catch((error: unknown) => error);
assert.ok(isArtifactError(refused, 'QUOTA_EXCEEDED'));
assert.deepEqual(refused.quota, { limit: 100, used: 90, reserved: 0, asked: 11 });

// An overwrite counts for its difference, a delete makes room.
for (const id of ['a', 'b', 'c']) await other.delete(id);
await one.upload('a', new Uint8Array(80));
await other.upload('a', new Uint8Array(95));
await one.upload('d', new Uint8Array(5));

// Whoever writes past the ledger makes it drift. A count puts it right, and says how far it was off.
const unaware = new ArtifactStore({ backend, signing, audience: 'example' }).namespace('tenant');
await unaware.delete('d');
assert.deepEqual((await one.recount()).drift, { bytes: -5, count: -1 });
assert.deepEqual(await other.usage(), { bytes: 95, count: 1, from: 'ledger' });
await one.close();
await other.close();
