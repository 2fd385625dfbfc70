// Watch what a store does: an observer of one's own, the one that counts, and the caller's context in every event.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring, statsObserver, type Observer } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const lines: string[] = [];
const log: Observer = {
  end({ operation, id, outcome, bytes, context }) {
    lines.push(`${String(context)}: ${operation} ${id ?? ''} ${outcome} ${bytes}`);
  },
};
const statistics = statsObserver();
const request = new AsyncLocalStorage<string>();
const store = new ArtifactStore({
  backend: memoryBackend(),
  signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
  audience: 'example',
  observers: [log, statistics],
  context: request,
});

await request.run('request 1', () => store.upload('a', 'hello'));
await request.run('request 2', async () => (await store.download('a')).bytes());
await request.run('request 3', () => store.safe.download('b'));
// A value given with the operation comes before the one around it.
await request.run('request 4', () => store.delete('a', { context: 'clean-up' }));

assert.deepEqual(lines, [
  'request 1: upload a ok 5',
  'request 2: download a ok 5',
  'request 3: download b NOT_FOUND 0',
  'clean-up: delete a ok 0',
]);
const { total, failures, successRate } = statistics.stats();
assert.deepEqual({ total, failures, successRate }, { total: 4, failures: 1, successRate: 0.75 });
