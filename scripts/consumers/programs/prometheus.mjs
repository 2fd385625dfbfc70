// Tells a registry of prom-client what a store does and holds.
import assert from 'node:assert/strict';
import { ArtifactStore, generateKey, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { prometheusMetrics } from '@artifacts/metrics-prometheus';
import { register } from 'prom-client';

const metrics = prometheusMetrics({ register });
const store = new ArtifactStore({
  backend: memoryBackend(),
  signing: hmacKeyring({ active: 'k1', keys: { k1: generateKey() } }),
  audience: 'consumers',
  observers: [metrics],
});
metrics.watch(store, { maxWaitMs: 60_000 });
await store.upload('a', 'hello');

assert.match(await register.metrics(), /^artifact_bytes_stored_total\{store="main",backend="memory"\} 5$/m);
assert.equal(metrics.stats().successes, 2);
