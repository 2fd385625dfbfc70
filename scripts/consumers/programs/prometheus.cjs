// The same for those who have no modules, in OpenMetrics.
const assert = require('node:assert/strict');
const { ArtifactStore, generateKey, hmacKeyring } = require('@artifacts/core');
const { memoryBackend } = require('@artifacts/core/memory');
const { prometheusMetrics } = require('@artifacts/metrics-prometheus');
const { Registry } = require('prom-client');

async function main() {
  const register = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  const metrics = prometheusMetrics({ register, prefix: 'shop_', traceId: () => 'abc' });
  const signing = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });
  const options = { backend: memoryBackend(), signing, audience: 'consumers', observers: [metrics] };
  const store = new ArtifactStore(options);

  await store.upload('a', 'hello');

  const text = await register.metrics();
  assert.match(text, /^shop_artifact_operations_total\{operation="upload",status="success",.*\} 1$/m);
  assert.match(text, /# \{trace_id="abc"\}/);
}

void main();
