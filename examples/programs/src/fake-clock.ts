// How to test a program that uses a store: a backend in memory, a clock that is moved by hand, names that repeat.
import assert from 'node:assert/strict';

import { ArtifactStore, generateKey, hmacKeyring, isArtifactError, isExpired } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

let now = Date.UTC(2026, 0, 1);
let drawn = 0;
const clock = () => now;
const store = new ArtifactStore({
  backend: memoryBackend({ now: clock }),
  signing: hmacKeyring({ active: 'test', keys: { test: generateKey() } }),
  audience: 'test',
  now: clock,
  monotonic: clock,
  // Pauses before another attempt take no time.
  sleep: async (_, signal) => signal.throwIfAborted(),
  randomBytes: (size) => Buffer.alloc(size, (drawn += 1)),
});

const minute = 60_000;
const stored = await store.upload('link', 'for an hour', { ttlMs: 60 * minute });
assert.equal(stored.revision, '01'.repeat(16));
assert.equal(stored.createdAt.toISOString(), '2026-01-01T00:00:00.000Z');

now += 60 * minute - 1;
assert.equal(await (await store.download('link')).text(), 'for an hour');

now += 1;
await assert.rejects(store.download('link'), (error) => isArtifactError(error, 'EXPIRED'));
assert.equal(isExpired(stored, now), true);

// A result instead of an exception, where that reads better.
const result = await store.safe.download('link');
assert.equal(!result.success && result.error.code, 'EXPIRED');
