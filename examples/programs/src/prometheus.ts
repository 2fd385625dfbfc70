// Two processes that share a storage tell Prometheus what they do, and both what is stored. No id becomes a label.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { prometheusMetrics } from '@artifacts/metrics-prometheus';
import { Registry } from 'prom-client';

const backend = memoryBackend();
const signing = hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } });

/** As each of the processes would do it. */
function open() {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  const observers = [metrics];
  const store = new ArtifactStore({ backend, signing, audience: 'example', label: 'reports', observers });
  metrics.watch(store, { maxWaitMs: 60_000 }); // the first scrape tells what there is, however busy the machine is
  return { store, metrics, register };
}
const one = open();
const other = open();

for (let n = 0; n < 100; n += 1) await one.store.upload(`report/${n}`, new Uint8Array(1000));
await assert.rejects(other.store.download('absent'));

const labels = 'store="reports",backend="memory"';
const uploads = `artifact_operations_total{operation="upload",status="success",${labels}}`;
const errors = `artifact_operation_errors_total{operation="download",error_type="NOT_FOUND",${labels}}`;
const [first, second] = [await one.register.metrics(), await other.register.metrics()];
assert.ok(first.includes(`${uploads} 100\n`) && first.includes(`${errors} 0\n`));
assert.ok(second.includes(`${uploads} 0\n`) && second.includes(`${errors} 1\n`));
for (const text of [first, second]) {
  assert.ok(text.includes(`artifact_bytes_stored_total{${labels}} 100000\n`));
  assert.ok(text.includes(`artifact_count_total{${labels}} 100\n`));
  assert.ok(!text.includes('report/'));
}

// The same without Prometheus.
const { successRate, operations } = one.metrics.stats();
assert.equal(successRate, 1);
assert.ok((operations.upload?.p99DurationMs ?? 0) > 0);
assert.equal(other.metrics.stats().codes.NOT_FOUND, 1);
