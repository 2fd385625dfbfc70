import type { StorageEvent } from '@artifacts/core';
import { context, SpanKind, trace, type Context, type Tracer } from '@opentelemetry/api';

import type { OperationSpans } from './operation-spans.ts';
import { codeOf, recordFailure } from './outcome.ts';
import type { Spans } from './subscribe.ts';

type StorageMessage = StorageEvent & { readonly error?: unknown };

/** One span for each storage call, below that of its operation, whoever's turn it is. */
export class StorageSpans implements Spans<StorageMessage> {
  readonly #tracer: Tracer;
  readonly #recordIds: boolean;
  readonly #operations: OperationSpans;
  // A listing that nobody goes on with does not end, and is forgotten with its message.
  readonly #open = new WeakMap<StorageMessage, Context>();

  constructor(tracer: Tracer, recordIds: boolean, operations: OperationSpans) {
    this.#tracer = tracer;
    this.#recordIds = recordIds;
    this.#operations = operations;
  }

  start(message: StorageMessage): Context {
    const known = this.#open.get(message);
    if (known !== undefined) return known;
    const { operationId, backend, call, key } = message;
    const parent = this.#operations.contextOf(operationId) ?? context.active();
    const attributes = {
      'artifacts.backend': backend,
      'artifacts.storage.call': call,
      ...(this.#recordIds && { 'artifacts.storage.key': key }),
    };
    const span = this.#tracer.startSpan(`artifacts storage ${call}`, { kind: SpanKind.CLIENT, attributes }, parent);
    const within = trace.setSpan(parent, span);
    this.#open.set(message, within);
    return within;
  }

  end(message: StorageMessage): void {
    const within = this.#open.get(message);
    const span = within && trace.getSpan(within);
    if (span === undefined) return;
    this.#open.delete(message);
    const code = codeOf(message.error);
    // To be told that a condition does not hold is what such a call is for.
    if (code === 'PRECONDITION_FAILED') span.setAttribute('error.type', code);
    else if (code !== undefined) recordFailure(span, code);
    span.end();
  }
}
