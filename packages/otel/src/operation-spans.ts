import type { OperationEnd, OperationMessage, OperationStart } from '@artifacts/core';
import { context, SpanKind, trace, type Attributes, type Context, type Tracer } from '@opentelemetry/api';

import { recordFailure } from './outcome.ts';
import type { Spans } from './subscribe.ts';

/** Downloads that somebody keeps and never reads do not end, and must not fill the memory. */
const maxOpen = 10_000;

/** One span for each operation of a store, below whatever span its caller has. */
export class OperationSpans implements Spans<OperationMessage> {
  readonly #tracer: Tracer;
  readonly #recordIds: boolean;
  /** By operation id, in the order in which they began. */
  readonly #open = new Map<string, Context>();

  constructor(tracer: Tracer, recordIds: boolean) {
    this.#tracer = tracer;
    this.#recordIds = recordIds;
  }

  start({ start }: OperationMessage): Context {
    const known = this.#open.get(start.operationId);
    if (known !== undefined) return known;
    const caller = context.active();
    const options = { kind: SpanKind.INTERNAL, attributes: this.#startAttributes(start) };
    const within = trace.setSpan(caller, this.#tracer.startSpan(`artifacts ${start.operation}`, options, caller));
    this.#open.set(start.operationId, within);
    const [oldest] = this.#open.keys();
    if (this.#open.size > maxOpen && oldest !== undefined) this.#take(oldest)?.end();
    return within;
  }

  end({ start, end }: OperationMessage): void {
    const span = this.#take(start.operationId);
    if (span === undefined) return;
    if (end !== undefined) {
      span.setAttributes(this.#endAttributes(end));
      // An abort is neither a success nor a failure.
      if (end.outcome !== 'ok' && end.outcome !== 'aborted') recordFailure(span, end.outcome);
    }
    span.end();
  }

  /** The context of an operation that is under way. */
  contextOf(operationId: string): Context | undefined {
    return this.#open.get(operationId);
  }

  /** Ends the spans of what is still under way. */
  close(): void {
    for (const operationId of this.#open.keys()) this.#take(operationId)?.end();
  }

  #take(operationId: string) {
    const within = this.#open.get(operationId);
    this.#open.delete(operationId);
    return within && trace.getSpan(within);
  }

  #startAttributes({ operation, store, backend, namespace, id }: OperationStart): Attributes {
    return {
      'artifacts.operation': operation,
      'artifacts.store': store,
      'artifacts.backend': backend,
      ...(this.#recordIds && { 'artifacts.namespace': namespace, 'artifacts.id': id }),
    };
  }

  #endAttributes({
    outcome,
    bytes,
    generation,
    sha256,
    keyId,
    requests,
    retries,
    cacheHits,
  }: OperationEnd): Attributes {
    return {
      'artifacts.outcome': outcome,
      'artifacts.bytes': bytes,
      'artifacts.requests': requests,
      'artifacts.retries': retries,
      'artifacts.cache_hits': cacheHits,
      'artifacts.generation': generation,
      'artifacts.key_id': keyId,
      ...(this.#recordIds && { 'artifacts.sha256': sha256 }),
    };
  }
}
