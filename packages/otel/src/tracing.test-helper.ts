import { generateKey, hmacKeyring, ArtifactStore, type ArtifactStoreOptions } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { InMemorySpanExporter, SimpleSpanProcessor, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

import { traceArtifacts, type ArtifactTracing, type TraceArtifactsOptions } from './trace-artifacts.ts';

export interface Traced {
  readonly store: ArtifactStore;
  readonly provider: BasicTracerProvider;
  readonly tracing: ArtifactTracing;
  /** Every span that ended, in the order in which they did. */
  readonly spans: () => ReadableSpan[];
}

/** A store in memory whose operations are traced, until the end of the scope. */
export function traced(
  options: Partial<ArtifactStoreOptions> = {},
  tracingOptions: TraceArtifactsOptions = {},
): Traced & Disposable {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracing = traceArtifacts({ tracerProvider: provider, ...tracingOptions });
  const store = new ArtifactStore({
    backend: memoryBackend(),
    signing: hmacKeyring({ active: 'k1', keys: { k1: generateKey() } }),
    audience: 'test',
    ...options,
  });
  const spans = () => exporter.getFinishedSpans();
  return { store, provider, tracing, spans, [Symbol.dispose]: () => tracing.stop() };
}

/** Each span below its parent, as indented lines in the order in which they began. */
export function treeOf(spans: readonly ReadableSpan[], parent?: string, indent = ''): string[] {
  const known = new Set(spans.map((span) => span.spanContext().spanId));
  return spans
    .filter(({ parentSpanContext: { spanId } = {} }) =>
      parent === undefined ? spanId === undefined || !known.has(spanId) : spanId === parent,
    )
    .toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
    .flatMap((span) => [indent + span.name, ...treeOf(spans, span.spanContext().spanId, `${indent}  `)]);
}
