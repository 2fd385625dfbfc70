// The same for those who have no modules, with the provider that is registered later.
const assert = require('node:assert/strict');
const { ArtifactStore, generateKey, hmacKeyring } = require('@artifacts/core');
const { memoryBackend } = require('@artifacts/core/memory');
const { traceArtifacts } = require('@artifacts/otel');
const { trace } = require('@opentelemetry/api');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');

async function main() {
  traceArtifacts({ storageCalls: false });
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  const signing = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });
  const store = new ArtifactStore({ backend: memoryBackend(), signing, audience: 'consumers' });

  await store.upload('a', 'hello');

  const names = exporter.getFinishedSpans().map(({ name }) => name);
  assert.deepEqual(names, ['artifacts upload']);
}

void main();
