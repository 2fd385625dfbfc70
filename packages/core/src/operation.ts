import { randomUUID } from 'node:crypto';

import { enterBegin, enterEnd } from './audit.ts';
import type { Environment } from './environment.ts';
import { isArtifactError } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import { operationChannel, type OperationEnd, type OperationMessage, type OperationName } from './events.ts';
import { Lifetime, quietly, settledWithin } from './abort.ts';
import { debug, describeOutcome } from './debug.ts';

// What tidying up leaves of the second in which an abort has to settle.
const lastEntryMs = 200;

/** What every operation of the store takes. */
export interface OperationOptions {
  /** An abort rejects with the signal's reason within a second and leaves nothing behind that the sweep does not find. */
  readonly signal?: AbortSignal | undefined;
  /** The longest the operation may take, in milliseconds; by default the store's `timeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Anything; handed to observers, audit and tracing as it is. */
  readonly context?: unknown;
}

/** What an end event tells beyond its start. */
type Facts = Pick<OperationEnd, 'generation' | 'sha256' | 'keyId' | 'field' | 'swept'>;

/** One operation of the store, from its start event to its end event. */
export class Operation {
  readonly environment: Environment;
  readonly message: OperationMessage;
  readonly #startedAt: number;
  #facts: Facts = {};
  #entered = false;
  #recorded: Promise<void> | undefined;
  bytes = 0;
  requests = 0;
  retries = 0;
  cacheHits = 0;

  constructor(environment: Environment, operation: OperationName, id: string | undefined, options: OperationOptions) {
    environment.requireOpen();
    this.environment = environment;
    this.#startedAt = environment.monotonic();
    this.message = {
      start: Object.freeze({
        operationId: randomUUID(),
        operation,
        store: environment.label,
        backend: environment.backend.name,
        namespace: environment.scope.namespace,
        id,
        context: options.context ?? environment.context?.getStore(),
        startedAt: environment.now(),
      }),
    };
    environment.observers.start(this.message.start);
  }

  get id(): string | undefined {
    return this.message.start.id;
  }

  /** Whether anybody hears the end event. */
  get observed(): boolean {
    return this.environment.observers.any || this.environment.audit !== undefined || operationChannel.hasSubscribers;
  }

  learn(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** Enters the beginning in the audit trail, if one is required. Nothing may be read or written before. */
  async enter(lifetime: Lifetime): Promise<void> {
    const { audit, limits } = this.environment;
    if (audit === undefined || this.#entered) return;
    await enterBegin(audit, lifetime, limits.idleTimeoutMs, this.message.start);
    this.#entered = true;
  }

  /**
   * Waits for the audit trail to have the end, which after an abort or a timeout goes on by itself. A failure to enter it is
   * told to whoever would hear of a success.
   */
  async recorded(): Promise<void> {
    const outcome = this.message.end?.outcome;
    if (this.#recorded === undefined || outcome === 'ok') return this.#recorded;
    const isUrgent = outcome === 'aborted' || outcome === 'TIMEOUT';
    await (isUrgent ? settledWithin(this.#recorded, lastEntryMs) : this.#recorded.catch(() => undefined));
  }

  /** Publishes the end; only the first call does. */
  end(outcome: OperationEnd['outcome'], error?: unknown): void {
    if (this.message.end !== undefined) return;
    const { bytes, requests, retries, cacheHits } = this;
    const durationMs = this.environment.monotonic() - this.#startedAt;
    const counts = { bytes, requests, retries, cacheHits };
    const end = Object.freeze({ ...this.message.start, ...this.#facts, outcome, durationMs, ...counts });
    this.message.end = end;
    if (debug.enabled) debug('%s', describeOperation(end));
    this.environment.observers.end(end);
    this.#record(end);
    if (operationChannel.hasSubscribers) {
      if (error !== undefined) {
        this.message.error = error;
        operationChannel.error.publish(this.message);
      }
      operationChannel.asyncStart.publish(this.message);
      operationChannel.asyncEnd.publish(this.message);
    }
  }

  #record(end: OperationEnd): void {
    const { audit, limits, observers } = this.environment;
    if (audit === undefined || !this.#entered) return;
    const recorded = enterEnd(audit, limits.idleTimeoutMs, end);
    this.#recorded = recorded;
    // A download that was dropped has nobody else to hear of it.
    observers.tell(() => recorded);
  }

  /** Ends it with the failure that its caller will see, and gives that failure back. */
  fail(error: unknown, signal: AbortSignal | undefined): unknown {
    const aborted = signal?.aborted === true && error === signal.reason;
    if (isArtifactError(error) && !aborted) {
      if (this.id !== undefined && error.artifactId === undefined) {
        Reflect.defineProperty(error, 'artifactId', { value: this.id, enumerable: true });
      }
      if (error.keyId !== undefined) this.learn({ keyId: error.keyId });
      if (error.field !== undefined) this.learn({ field: error.field });
      this.end(error.code, error);
    } else {
      this.end(signal?.aborted === true ? 'aborted' : 'BACKEND', error);
    }
    return error;
  }
}

function describeOperation({ operation, namespace, id, store, outcome, durationMs, ...counts }: OperationEnd): string {
  const what = [
    operation,
    ...(id === undefined ? [] : [`"${id}"`]),
    ...(namespace === undefined ? [] : [`in "${namespace}"`]),
  ];
  const { bytes, requests, retries, cacheHits } = counts;
  const counted = `${bytes} bytes, ${requests} requests, ${retries} retries, ${cacheHits} cache hits`;
  return `${store}: ${what.join(' ')} ${describeOutcome(outcome, durationMs)}, ${counted}`;
}

/**
 * Runs one operation that ends with its promise.
 *
 * @throws whatever `work` throws
 */
export async function runOperation<T>(
  environment: Environment,
  name: OperationName,
  id: string | undefined,
  options: OperationOptions,
  work: (operation: Operation, lifetime: Lifetime) => Promise<T>,
): Promise<T> {
  const operation = new Operation(environment, name, id, options);
  try {
    const value = await traced(operation, () => limited(operation, options, (lifetime) => work(operation, lifetime)));
    operation.end('ok');
    return value;
  } catch (error) {
    throw operation.fail(error, options.signal);
  } finally {
    await operation.recorded();
  }
}

/** How long the operation may go on. To be ended by whoever began it. */
function lifetimeOf(operation: Operation, options: OperationOptions): Lifetime {
  const { start } = operation.message;
  const { timeoutMs } = options;
  if (timeoutMs !== undefined) requireField('timeoutMs', timeoutMs, problemOfInteger(timeoutMs, 1));
  const what = start.id === undefined ? start.operation : `${start.operation} of artifact "${start.id}"`;
  return new Lifetime(options.signal, timeoutMs ?? operation.environment.limits.timeoutMs, what);
}

/** Runs `work` until it settles or the operation's time is up. */
export async function limited<T>(
  operation: Operation,
  options: OperationOptions,
  work: (lifetime: Lifetime) => Promise<T>,
): Promise<T> {
  const lifetime = lifetimeOf(operation, options);
  try {
    await operation.enter(lifetime);
    return await work(lifetime);
  } finally {
    lifetime.end();
  }
}

/** Publishes the start, with whatever stores tracers bound to it around `work`. */
export function traced<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
  if (!operationChannel.hasSubscribers) return work();
  const promise = operationChannel.start.runStores(operation.message, work);
  operationChannel.end.publish(operation.message);
  return promise;
}

/** Publishes the start of an operation whose steps each run in the context of whoever takes them. */
export function announced(operation: Operation): Operation {
  if (operationChannel.hasSubscribers) {
    operationChannel.start.publish(operation.message);
    operationChannel.end.publish(operation.message);
  }
  return operation;
}

/** Runs an operation that gives one item after another; it ends when the last was taken, or the iteration is left. */
export async function* runIteration<T>(
  environment: Environment,
  name: OperationName,
  options: OperationOptions,
  iterate: (operation: Operation, lifetime: Lifetime) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  const operation = announced(new Operation(environment, name, undefined, options));
  yield* iterateUnder(operation, options, (lifetime) => iterate(operation, lifetime));
}

/**
 * Passes on what `iterate` gives until the operation's time is up, and ends the operation with it. A reader who cannot
 * wait for an item to come before it leaves aborts `leaving`.
 */
export async function* iterateUnder<T>(
  operation: Operation,
  options: OperationOptions,
  iterate: (lifetime: Lifetime) => AsyncGenerator<T, void, undefined>,
  leaving?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let lifetime: Lifetime | undefined;
  try {
    lifetime = lifetimeOf(operation, options);
    leaving?.addEventListener('abort', () => lifetime?.abort(leaving.reason), { once: true });
    await operation.enter(lifetime);
    const items = iterate(lifetime);
    // An abort closes what is open also while the reader takes its time.
    lifetime.tell((reason) => {
      if (leaving?.aborted === true) operation.end('ok');
      else operation.fail(reason, options.signal);
      quietly(() => items.return());
    });
    yield* items;
    lifetime.throwIfAborted();
  } catch (error) {
    if (leaving?.aborted !== true) throw operation.fail(error, options.signal);
  } finally {
    // First, because the end of a lifetime aborts what was left behind, and that is no failure.
    operation.end('ok');
    lifetime?.end();
    await operation.recorded();
  }
}
