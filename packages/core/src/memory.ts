import { copyOf } from './bytes.ts';
import { ArtifactError, configuration, invalidArgument } from './errors.ts';
import type { BackendConfig } from './backend-module.ts';
import { assertKey } from './keys.ts';
import type {
  ArtifactBackend,
  BackendCapabilities,
  CallOptions,
  DeleteOptions,
  ListOptions,
  ObjectInfo,
  ReadOptions,
  ReadResult,
  WriteCondition,
  WriteOptions,
  Written,
} from './backend.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly info: ObjectInfo;
}

export interface MemoryBackendOptions {
  /** The medium's clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/**
 * A backend in this process's memory: the reference implementation of the contract, for tests and for reading. Several
 * stores may share one; nothing survives the process.
 */
export function memoryBackend(options: MemoryBackendOptions = {}): ArtifactBackend {
  return new MemoryBackend(options.now ?? Date.now);
}

/** Opens `memory:`, anew every time. @throws `CONFIGURATION` when the URL says more than that */
export function backendFromUrl(url: string): ArtifactBackend {
  if (/^memory:$/i.test(url)) return memoryBackend();
  throw configuration('target', 'a memory backend has no address: give memory: and nothing else');
}

/** Opens `{ backend: 'memory' }`, anew every time. @throws `CONFIGURATION` when there are other members */
export function backendFromConfig(config: BackendConfig): ArtifactBackend {
  const unknown = Object.keys(config).find((member) => member !== 'backend');
  if (unknown === undefined) return memoryBackend();
  throw configuration(unknown, `a memory backend has no option "${unknown.slice(0, 64)}"`);
}

class MemoryBackend implements ArtifactBackend {
  readonly contract = 1;
  readonly name = 'memory';
  readonly #objects = new Map<string, StoredObject>();
  readonly #now: () => number;
  #versions = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  async capabilities({ signal }: CallOptions = {}): Promise<BackendCapabilities> {
    signal?.throwIfAborted();
    return { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true };
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<Written> {
    const { condition, size, signal } = options;
    assertKey(key);
    if (condition !== undefined && !(body instanceof Uint8Array)) {
      throw invalidArgument('condition', 'a conditional write needs its body as one Uint8Array');
    }
    signal?.throwIfAborted();
    const bytes = body instanceof Uint8Array ? copyOf(body) : await collect(body, signal);
    if (size !== undefined && size !== bytes.length) {
      throw invalidArgument('size', `the body has ${bytes.length} bytes, not ${size}`, {
        expected: size,
        found: bytes.length,
      });
    }
    // Check and change happen without an await between them: that is what makes conditions atomic here.
    this.#require(key, condition);
    this.#versions += 1;
    const info = { key, size: bytes.length, version: `v${this.#versions}`, modifiedAt: new Date(this.#now()) };
    this.#objects.set(key, { bytes, info });
    return { key, size: info.size, version: info.version };
  }

  async read(key: string, { range, ifChanged, signal }: ReadOptions = {}): Promise<ReadResult> {
    assertKey(key);
    signal?.throwIfAborted();
    const object = this.#objects.get(key);
    if (object === undefined) return { status: 'absent' };
    if (object.info.version === ifChanged) return { status: 'unchanged', info: object.info };
    // A replaced object stays whole for those who found it, so this body never needs SUPERSEDED.
    const bytes = copyOf(object.bytes.subarray(range?.start, range?.end));
    return { status: 'found', info: object.info, body: once(bytes, signal) };
  }

  async delete(key: string, { condition, signal }: DeleteOptions = {}): Promise<void> {
    assertKey(key);
    signal?.throwIfAborted();
    if (!this.#objects.has(key)) return;
    this.#require(key, condition);
    this.#objects.delete(key);
  }

  async *list({ prefix, after, signal }: ListOptions): AsyncIterable<ObjectInfo> {
    signal?.throwIfAborted();
    const keys = [...this.#objects.keys()].filter(
      (key) => key.startsWith(prefix) && (after === undefined || key > after),
    );
    for (const key of keys.toSorted()) {
      signal?.throwIfAborted();
      const object = this.#objects.get(key);
      if (object !== undefined) yield object.info;
    }
  }

  async discardUnfinished(_before: Date, { signal }: CallOptions = {}): Promise<void> {
    // An interrupted write leaves nothing in the map.
    signal?.throwIfAborted();
  }

  async check({ signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
  }

  async close(): Promise<void> {
    // The objects stay: another store may share them.
  }

  #require(key: string, condition: WriteCondition | undefined): void {
    if (condition === undefined) return;
    const found = this.#objects.get(key)?.info.version;
    const holds = 'absent' in condition ? found === undefined : found === condition.version;
    if (!holds)
      throw new ArtifactError('PRECONDITION_FAILED', `the object at "${key}" is not the one the write expects`);
  }
}

async function collect(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    signal?.throwIfAborted();
    chunks.push(copyOf(chunk));
  }
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  if (bytes.length > 0) yield bytes;
}
