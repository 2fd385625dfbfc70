import { bounded, Lifetime, quietly, type BoundedCall } from './abort.ts';
import { boundedKeys } from './bounded-keys.ts';
import { environmentWithin, type Environment } from './environment.ts';
import type { BackendCapabilities, ObjectInfo, WriteCondition, Written } from './backend.ts';
import { debug, describeFailure, describeOutcome } from './debug.ts';
import { ArtifactError, isArtifactError, type ErrorCode, type ErrorDetails } from './errors.ts';
import { storageChannel, type StorageEvent } from './events.ts';
import { isOfWholeStore } from './layout.ts';
import type { Operation } from './operation.ts';

const maxAttempts = 4;
const firstDelayMs = 20;
// An abort has to settle within a second, tidying included.
const lastMomentMs = 700;

/** An object that was read whole, or as far as was asked. */
export interface ReadObject {
  readonly info: ObjectInfo;
  readonly bytes: Uint8Array;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** An object that is still the one its reader knows. */
export interface UnchangedObject {
  readonly info: ObjectInfo;
  readonly bytes: undefined;
}

/**
 * The backend as one operation uses it: keys lie in the operation's namespace, every call is bounded in time, counted, published, and made again after a
 * passing failure where that is safe. A conditional write is never repeated here; that is the commit's decision.
 */
export class Storage {
  readonly lifetime: Lifetime;
  /** The store's environment, with keys that answer within this lifetime. */
  readonly environment: Environment;
  readonly #operation: Operation;
  readonly #unbounded: Environment;
  #lastMoment: Storage | undefined;

  /** `environment` is that of the operation, or of a namespace that it goes through. */
  constructor(operation: Operation, lifetime: Lifetime, environment: Environment = operation.environment) {
    this.lifetime = lifetime;
    this.environment = {
      ...environment,
      keys: boundedKeys(environment.keys, lifetime, environment.limits.idleTimeoutMs),
    };
    this.#operation = operation;
    this.#unbounded = environment;
  }

  /** The storage of one namespace, for an operation that goes through all of them. */
  within(namespace: string): Storage {
    return new Storage(this.#operation, this.lifetime, environmentWithin(this.#unbounded, namespace));
  }

  /** For tidying up, which an aborted operation still does, within a last moment of its own. */
  forTidying(): Storage {
    if (!this.lifetime.aborted) return this;
    this.#lastMoment ??= new Storage(
      this.#operation,
      new Lifetime(undefined, lastMomentMs, 'tidying up'),
      this.#unbounded,
    );
    return this.#lastMoment;
  }

  /** For what is left to be done after the operation, within a time of its own, which whoever asks for it ends. */
  afterwards(what: string, timeoutMs: number = this.environment.limits.timeoutMs): Storage {
    return new Storage(this.#operation, new Lifetime(undefined, timeoutMs, what));
  }

  capabilities(): Promise<BackendCapabilities> {
    return this.#retried('capabilities', undefined, () => this.#backend.capabilities({ signal: this.#signal }));
  }

  check(): Promise<void> {
    return this.#retried('check', undefined, () => this.#backend.check({ signal: this.#signal }));
  }

  /** Writes a small object that may be written twice; a condition may then fail on the first of them. */
  put(key: string, bytes: Uint8Array, condition?: WriteCondition): Promise<Written> {
    return this.#retried('write', key, (at) => {
      return this.#backend.write(at, bytes, { size: bytes.length, condition, signal: this.#signal });
    });
  }

  /** One attempt, whose outcome a failure may leave open. */
  putOnce(
    key: string,
    bytes: Uint8Array,
    condition: WriteCondition | undefined,
    retainUntil?: number,
  ): Promise<Written> {
    return this.#once('write', key, (at) => {
      const options = { size: bytes.length, condition, ...retention(retainUntil), signal: this.#signal };
      return this.#backend.write(at, bytes, options);
    });
  }

  /** One attempt at a body that can be read once. `body` is told of the call, whose idle time must not run while its source is slow. */
  stream(
    key: string,
    body: (call: BoundedCall) => AsyncIterable<Uint8Array>,
    size: { readonly size?: number | undefined; readonly maxSize?: number | undefined },
    retainUntil?: number,
  ): Promise<Written> {
    return this.#once('write', key, (at, call) => {
      return this.#backend.write(at, body(call), { ...size, ...retention(retainUntil), signal: this.#signal });
    });
  }

  /** Reads at most `limit` bytes from the start, or gives `undefined` where there is nothing. */
  get(key: string, limit: number): Promise<ReadObject | undefined>;
  /** Without its bytes when it still has the version that `known` names. */
  get(key: string, limit: number, known: string | undefined): Promise<ReadObject | UnchangedObject | undefined>;
  get(key: string, limit: number, known?: string): Promise<ReadObject | UnchangedObject | undefined> {
    return this.#retried('read', key, async (at, { progress }) => {
      const options = { range: { start: 0, end: limit }, ifChanged: known, signal: this.#signal };
      const result = await this.#backend.read(at, options);
      if (result.status === 'absent') return undefined;
      if (result.status === 'unchanged') {
        if (known !== undefined) return { info: result.info, bytes: undefined };
        throw new ArtifactError('BACKEND', 'backend said "unchanged" to a read that names no version');
      }
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of result.body) {
        progress();
        length += chunk.length;
        if (length > limit)
          throw new ArtifactError('BACKEND', `backend gave more than the ${limit} bytes it was asked for`);
        chunks.push(chunk);
      }
      const [only] = chunks;
      return { info: result.info, bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks) };
    });
  }

  /** Opens a range for iterating once. A failure on the way is the reader's to resume from. */
  async open(key: string, range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    const options = { range, signal: this.#signal };
    const result = await this.#retried('read', key, (at) => this.#backend.read(at, options));
    return result.status === 'found' ? this.#iterate('read', key, () => result.body) : undefined;
  }

  delete(key: string, version?: string): Promise<void> {
    const condition = version === undefined ? undefined : { version };
    return this.#retried('delete', key, (at) => this.#backend.delete(at, { condition, signal: this.#signal }));
  }

  /** One attempt at a conditional delete, whose outcome a failure may leave open. Without a version whatever is there goes. */
  deleteOnce(key: string, version: string | undefined): Promise<void> {
    const condition = version === undefined ? undefined : { version };
    return this.#once('delete', key, (at) => this.#backend.delete(at, { condition, signal: this.#signal }));
  }

  /** Reaches everything that the backend keeps, whatever the namespace. */
  discardUnfinished(before: Date): Promise<void> {
    return this.#retried('discardUnfinished', undefined, () =>
      this.#backend.discardUnfinished(before, { signal: this.#signal }),
    );
  }

  /** Lists in order of keys; after a passing failure it goes on behind the last key it gave. */
  async *list(prefix: string, after: string | undefined): AsyncGenerator<ObjectInfo, void, undefined> {
    const at = this.keyOf(prefix);
    const { keyPrefix } = this.environment;
    let last = after === undefined ? undefined : this.keyOf(after);
    for (let fruitless = 1; ; fruitless += 1) {
      const options = { prefix: at, after: last, signal: this.#signal };
      this.#operation.requests += 1;
      const event = this.#event('list', at);
      const startedAt = this.environment.monotonic();
      storageChannel.start.publish(event);
      storageChannel.end.publish(event);
      try {
        for await (const info of this.#iterate('list', at, () => this.#backend.list(options))) {
          // A lying listing must show nothing of another prefix, and must not go round in circles.
          if (!info.key.startsWith(at) || (last !== undefined && info.key <= last))
            throw new ArtifactError('BACKEND', 'backend listed a key that it was not asked for');
          last = info.key;
          fruitless = 0;
          yield keyPrefix === '' ? info : { ...info, key: info.key.slice(keyPrefix.length) };
        }
        return;
      } catch (error) {
        storageChannel.error.publish(Object.assign(event, { error }));
        if (fruitless >= maxAttempts || !isPassing(error) || this.lifetime.aborted) throw error;
      } finally {
        storageChannel.asyncStart.publish(event);
        storageChannel.asyncEnd.publish(event);
        this.#log('list', at, startedAt, event.error);
      }
      await this.pause(fruitless);
    }
  }

  /** The key under which the backend has the object. What describes a whole store lies beside its namespaces. */
  keyOf(key: string): string {
    return isOfWholeStore(key) ? key : this.environment.keyPrefix + key;
  }

  /** How many bytes of content were taken in so far, also when nothing comes of them. */
  countTaken(bytes: number): void {
    this.#operation.bytes = bytes;
  }

  /** A record of the cache stood in for one that would have been read and verified. */
  countCacheHit(): void {
    this.#operation.cacheHits += 1;
  }

  /**
   * Passes items on, each awaited no longer than the idle timeout. When it is left early the backend's iterator is told so
   * and not waited for: one that hangs in `next` would hang here, too, and is told by the signal when the operation ends.
   */
  async *#iterate<T>(
    call: StorageEvent['call'],
    key: string,
    open: () => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    const iterator = await this.#bounded(call, key, async () => open()[Symbol.asyncIterator]());
    let ended = false;
    try {
      for (;;) {
        const next = await this.#bounded(call, key, () => iterator.next());
        ended = next.done === true;
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      if (!ended) quietly(() => iterator.return?.());
    }
  }

  /** Waits a growing, random time before another attempt. */
  async pause(attempt: number): Promise<void> {
    const { sleep, randomBytes } = this.environment;
    const [random = 0] = randomBytes(1);
    this.#operation.retries += 1;
    await sleep((firstDelayMs * 2 ** Math.min(attempt, 6) * (random + 1)) / 256, this.#signal);
  }

  get #signal(): AbortSignal {
    return this.lifetime.signal;
  }

  get #backend() {
    return this.environment.backend;
  }

  async #retried<T>(
    call: StorageEvent['call'],
    key: string | undefined,
    work: (at: string, call: BoundedCall) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(call, key, work);
      } catch (error) {
        if (attempt === maxAttempts || !isPassing(error) || this.lifetime.aborted) throw error;
        await this.pause(attempt);
      }
    }
  }

  #once<T>(
    call: StorageEvent['call'],
    key: string | undefined,
    work: (at: string, call: BoundedCall) => Promise<T>,
  ): Promise<T> {
    this.#operation.requests += 1;
    const at = key === undefined ? undefined : this.keyOf(key);
    const made = () => this.#bounded(call, at, (bound) => work(at ?? '', bound));
    const heard = debug.enabled ? () => this.#logged(call, at, made) : made;
    return storageChannel.hasSubscribers ? storageChannel.tracePromise(heard, this.#event(call, at)) : heard();
  }

  async #logged<T>(call: StorageEvent['call'], at: string | undefined, work: () => Promise<T>): Promise<T> {
    const startedAt = this.environment.monotonic();
    let failure: unknown;
    try {
      return await work();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      this.#log(call, at, startedAt, failure);
    }
  }

  #log(call: StorageEvent['call'], at: string | undefined, startedAt: number, failure: unknown): void {
    if (!debug.enabled) return;
    const { monotonic, backend } = this.environment;
    const what = at === undefined ? call : `${call} "${at}"`;
    debug('  %s %s', `${backend.name} ${what}`, describeOutcome(describeFailure(failure), monotonic() - startedAt));
  }

  #event(call: StorageEvent['call'], key: string | undefined): StorageEvent & { error?: unknown } {
    return { operationId: this.#operation.message.start.operationId, backend: this.#backend.name, call, key };
  }

  async #bounded<T>(
    call: StorageEvent['call'],
    key: string | undefined,
    work: (call: BoundedCall) => Promise<T>,
  ): Promise<T> {
    const what = `${this.#backend.name} ${call}`;
    try {
      return await bounded(this.lifetime, this.environment.limits.idleTimeoutMs, what, work);
    } catch (error) {
      if (isArtifactError(error) || (this.lifetime.aborted && error === this.lifetime.reason)) throw error;
      // Whatever a backend did not classify is wrapped once, here.
      throw unclassified('BACKEND', `${what} failed${key === undefined ? '' : ` at "${key}"`}`, {
        cause: error,
        operation: this.#operation.message.start.operation,
        artifactId: this.#operation.id,
      });
    }
  }
}

function retention(until: number | undefined): { readonly retainUntil?: Date } {
  return until === undefined ? {} : { retainUntil: new Date(until) };
}

const unclassifiedErrors = new WeakSet<ArtifactError>();

function unclassified(code: ErrorCode, message: string, details: ErrorDetails): ArtifactError {
  const error = new ArtifactError(code, message, details);
  unclassifiedErrors.add(error);
  return error;
}

/** Whether a write that failed so may have been applied all the same (contract: `write`). */
export function mayHaveBeenApplied(error: unknown): boolean {
  return !isArtifactError(error) || error.retryable || unclassifiedErrors.has(error);
}

/** Whether the same call may go well when made again right away. A timeout has waited long enough. */
export function isPassing(error: unknown): boolean {
  return isArtifactError(error) && error.retryable && error.code !== 'TIMEOUT';
}
