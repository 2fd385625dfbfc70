import { ArtifactError } from '@artifacts/core';
import { trace, type Tracer, type TracerProvider } from '@opentelemetry/api';

import { OperationSpans } from './operation-spans.ts';
import { StorageSpans } from './storage-spans.ts';
import { subscribe } from './subscribe.ts';

export interface TraceArtifactsOptions {
  /** Makes the spans; by default that of `tracerProvider` for this package. */
  readonly tracer?: Tracer | undefined;
  /** By default the one that is registered with the API of OpenTelemetry, also when that happens later. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Whether ids, namespaces, digests and keys of the storage become attributes; by default they do not, as they may name people. */
  readonly recordIds?: boolean | undefined;
  /** Whether storage calls have spans, too, as children of their operation; by default they have. */
  readonly storageCalls?: boolean | undefined;
}

/** Tracing that is under way, until it is stopped. */
export interface ArtifactTracing extends Disposable {
  /** Hears no more of what begins. Spans of what is under way end here. */
  stop(): void;
}

/**
 * Makes a span of every operation of every store in this process. It is a child of the span that is active where the operation begins, and
 * active itself while it runs, so that spans of the backend's own client are below it (not on Node 26). To be called once.
 *
 * A tracer can neither change nor break an operation: what it throws becomes a warning of the process.
 *
 * @throws `CONFIGURATION` with the field of the option that is wrong
 */
export function traceArtifacts(options: TraceArtifactsOptions = {}): ArtifactTracing {
  requireOptions(options);
  const { tracerProvider = trace, recordIds = false, storageCalls = true } = options;
  const tracer = options.tracer ?? tracerProvider.getTracer('@artifacts/otel');
  const operations = new OperationSpans(tracer, recordIds);
  const ends = [subscribe('artifacts:operation', operations)];
  if (storageCalls) ends.push(subscribe('artifacts:storage', new StorageSpans(tracer, recordIds, operations)));
  const stop = () => {
    for (const end of ends.splice(0)) end();
    operations.close();
  };
  return { stop, [Symbol.dispose]: stop };
}

function requireOptions({ tracer, tracerProvider, recordIds, storageCalls }: TraceArtifactsOptions): void {
  if (tracer !== undefined && typeof tracer?.startSpan !== 'function')
    throw wrong('tracer', 'has no startSpan: give a Tracer of OpenTelemetry');
  if (tracerProvider !== undefined && typeof tracerProvider?.getTracer !== 'function')
    throw wrong('tracerProvider', 'has no getTracer: give a TracerProvider of OpenTelemetry');
  for (const [field, value] of Object.entries({ recordIds, storageCalls }))
    if (value !== undefined && typeof value !== 'boolean') throw wrong(field, 'is not a boolean');
}

function wrong(field: string, problem: string): ArtifactError {
  return new ArtifactError('CONFIGURATION', `${field} ${problem}`, { field });
}
