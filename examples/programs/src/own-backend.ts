// A backend of one's own. This one wraps another and counts what it costs; docs/write-a-backend.md builds one from nothing.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring, withPrefix, wrapBackend, type ArtifactBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

interface Counts {
  reads: number;
  writes: number;
  bytesWritten: number;
}

/** `inner`, except that it counts. What is not named here goes through as it is. */
function counting(inner: ArtifactBackend, counts: Counts): ArtifactBackend {
  return wrapBackend(inner, {
    name: `counted ${inner.name}`,
    async read(key, options) {
      counts.reads += 1;
      return inner.read(key, options);
    },
    async write(key, body, options) {
      counts.writes += 1;
      const written = await inner.write(key, body, options);
      counts.bytesWritten += written.size;
      return written;
    },
  });
}

const medium = memoryBackend();
const counts = { reads: 0, writes: 0, bytesWritten: 0 };
const store = new ArtifactStore({
  // Wrappers are backends, so they go around each other.
  backend: counting(withPrefix(medium, 'team-a/'), counts),
  signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
  audience: 'example',
});

await store.upload('a', 'small');
// One look at the store's format, which the first write declares, and then the record with the content in it.
assert.equal(counts.reads, 1);
assert.equal(counts.writes, 2);
await (await store.download('a')).bytes();
assert.equal(counts.reads, 2);

const keys = [];
for await (const { key } of medium.list({ prefix: '' })) keys.push(key);
assert.deepEqual(keys, ['team-a/records/a', 'team-a/store.json']);
