import type {
  ArtifactBackend,
  BackendCapabilities,
  BackendDeleteOptions,
  BackendListOptions,
  CallOptions,
  ObjectInfo,
  ReadOptions,
  ReadResult,
  WriteOptions,
  Written,
} from '@artifacts/core';

import { BodyFailure } from './body.ts';
import { checkMedium } from './check.ts';
import { claimsOf } from './claims.ts';
import { discardUnfinished } from './discard.ts';
import { classified } from './failures.ts';
import { listObjects } from './list.ts';
import { type Medium, mediumOf } from './medium.ts';
import type { S3BackendOptions } from './options.ts';
import { readObject } from './read.ts';
import { deleteObject } from './remove.ts';
import { S3Failure } from './s3-failure.ts';
import { writeObject } from './write.ts';

/**
 * A backend in a bucket of any object store that speaks S3. Any number of processes on any number of machines may use one
 * bucket and prefix at once; which conditions the server can keep is found out by a probe before the first write that needs one.
 *
 * Does no I/O by itself. Its own client is ended by `close()`, and a given one never is.
 *
 * @throws `CONFIGURATION` naming the option
 */
export function s3Backend(options: S3BackendOptions): ArtifactBackend {
  return new S3Backend(mediumOf(options, process.env));
}

export class S3Backend implements ArtifactBackend {
  readonly contract = 1;
  readonly name = 's3';
  readonly #medium: Medium;

  constructor(medium: Medium) {
    this.#medium = medium;
  }

  async capabilities({ signal }: CallOptions = {}): Promise<BackendCapabilities> {
    signal?.throwIfAborted();
    const claims = await this.#typed('capabilities', 'probe the bucket', () => claimsOf(this.#medium, signal));
    const { createIfAbsent, compareAndSwap, conditionalDelete } = claims;
    return { createIfAbsent, compareAndSwap, conditionalDelete };
  }

  write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<Written> {
    return this.#typed('write', `write "${key}"`, () => writeObject(this.#medium, key, body, options));
  }

  async read(key: string, options: ReadOptions = {}): Promise<ReadResult> {
    const what = `read "${key}"`;
    const result = await this.#typed('read', what, () => readObject(this.#medium, key, options));
    return result.status === 'found' ? { ...result, body: this.#typedEach('read', what, result.body) } : result;
  }

  delete(key: string, options: BackendDeleteOptions = {}): Promise<void> {
    return this.#typed('delete', `delete "${key}"`, () => deleteObject(this.#medium, key, options));
  }

  list(options: BackendListOptions): AsyncIterable<ObjectInfo> {
    return this.#typedEach('list', `list "${options.prefix}"`, listObjects(this.#medium, options));
  }

  discardUnfinished(before: Date, options: CallOptions = {}): Promise<void> {
    return this.#typed('discardUnfinished', 'discard uploads', () => discardUnfinished(this.#medium, before, options));
  }

  check(options: CallOptions = {}): Promise<void> {
    return this.#typed('check', 'list and read', () => checkMedium(this.#medium, options));
  }

  async close(): Promise<void> {
    this.#medium.release();
  }

  async #typed<T>(operation: string, what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure(error, operation, what);
    }
  }

  async *#typedEach<T>(operation: string, what: string, items: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      throw this.#failure(error, operation, what);
    }
  }

  /** What the caller sees: its own errors and reasons as they are, failed requests by what they mean. */
  #failure(error: unknown, operation: string, what: string): unknown {
    if (error instanceof BodyFailure) return error.thrown;
    return error instanceof S3Failure ? classified(error, this.#medium.settings, what, operation) : error;
  }
}
