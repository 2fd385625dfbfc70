// Traces an operation with the SDK of OpenTelemetry.
import assert from 'node:assert/strict';
import { ArtifactStore, generateKey, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { traceArtifacts } from '@artifacts/otel';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracing = traceArtifacts({ tracerProvider });
const store = new ArtifactStore({
  backend: memoryBackend(),
  signing: hmacKeyring({ active: 'k1', keys: { k1: generateKey() } }),
  audience: 'consumers',
});
assert.equal(await store.getMetadata('a'), undefined);
tracing.stop();
const names = exporter.getFinishedSpans().map(({ name }) => name);
assert.deepEqual(names, ['artifacts storage read', 'artifacts getMetadata']);
