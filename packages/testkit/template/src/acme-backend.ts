import { randomUUID } from 'node:crypto';

import { ArtifactError, assertKey } from '@artifacts/core';
import type {
  ArtifactBackend,
  BackendCapabilities,
  BackendDeleteOptions,
  BackendListOptions,
  CallOptions,
  ObjectInfo,
  ReadOptions,
  ReadResult,
  WriteCondition,
  WriteOptions,
  Written,
} from '@artifacts/core';

interface AcmeObject {
  readonly bytes: Uint8Array;
  readonly info: ObjectInfo;
}

/** Stands for the medium: all who hold the same one see the same objects, as clients of one server do. */
export type AcmeMedium = Map<string, AcmeObject>;

export interface AcmeBackendOptions {
  readonly medium: AcmeMedium;
}

/** Does no I/O. */
export function acmeBackend({ medium }: AcmeBackendOptions): ArtifactBackend {
  return new AcmeBackend(medium);
}

class AcmeBackend implements ArtifactBackend {
  readonly contract = 1;
  readonly name = 'acme';
  readonly #medium: AcmeMedium;

  constructor(medium: AcmeMedium) {
    this.#medium = medium;
  }

  async capabilities({ signal }: CallOptions = {}): Promise<BackendCapabilities> {
    signal?.throwIfAborted();
    return { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true };
  }

  async write(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    { condition, size, signal }: WriteOptions = {},
  ): Promise<Written> {
    assertKey(key);
    if (condition !== undefined && !(body instanceof Uint8Array)) {
      throw refused('condition', 'a conditional write needs its body as one Uint8Array');
    }
    signal?.throwIfAborted();
    const bytes = body instanceof Uint8Array ? new Uint8Array(body) : await collect(body, signal);
    if (size !== undefined && size !== bytes.length) {
      throw refused('size', `the body has ${bytes.length} bytes, not ${size}`);
    }
    // Check and change happen without an await between them: that is what makes conditions atomic here.
    this.#require(key, condition);
    const info = { key, size: bytes.length, version: randomUUID(), modifiedAt: new Date() };
    this.#medium.set(key, { bytes, info });
    return { key, size: info.size, version: info.version };
  }

  async read(key: string, { range, ifChanged, signal }: ReadOptions = {}): Promise<ReadResult> {
    assertKey(key);
    signal?.throwIfAborted();
    const object = this.#medium.get(key);
    if (object === undefined) return { status: 'absent' };
    const { bytes, info } = object;
    if (info.version === ifChanged) return { status: 'unchanged', info };
    return { status: 'found', info, body: once(bytes.subarray(range?.start, range?.end), signal) };
  }

  async delete(key: string, { condition, signal }: BackendDeleteOptions = {}): Promise<void> {
    assertKey(key);
    signal?.throwIfAborted();
    if (!this.#medium.has(key)) return;
    this.#require(key, condition);
    this.#medium.delete(key);
  }

  async *list({ prefix, after, signal }: BackendListOptions): AsyncGenerator<ObjectInfo> {
    signal?.throwIfAborted();
    const keys = [...this.#medium.keys()].filter(
      (key) => key.startsWith(prefix) && (after === undefined || key > after),
    );
    // Keys are ASCII, so the order of strings is that of bytes.
    for (const key of keys.toSorted()) {
      signal?.throwIfAborted();
      const object = this.#medium.get(key);
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
    // The medium was given, and others may share it.
  }

  #require(key: string, condition: WriteCondition | undefined): void {
    if (condition === undefined) return;
    const found = this.#medium.get(key)?.info.version;
    const holds = 'absent' in condition ? found === undefined : found === condition.version;
    if (!holds) {
      throw new ArtifactError('PRECONDITION_FAILED', `the object at "${key}" is not the one the write expects`);
    }
  }
}

async function collect(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    signal?.throwIfAborted();
    // Copied: the caller may fill the same memory again for its next chunk.
    chunks.push(new Uint8Array(chunk));
  }
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  // Copied: a chunk belongs to whoever got it, who may change it.
  if (bytes.length > 0) yield new Uint8Array(bytes);
}

function refused(field: string, message: string): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', message, { field });
}
