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
import { discardUnfinished } from './discard.ts';
import { classified } from './failures.ts';
import { listObjects } from './list.ts';
import { type Medium, mediumOf } from './medium.ts';
import { type LocalBackendOptions, settingsOf } from './options.ts';
import { readObject } from './read.ts';
import { deleteObject } from './remove.ts';
import { writeObject } from './write.ts';

/**
 * A backend in a directory of this machine. Any number of processes may use one directory at once, as long as they run
 * on one machine and in one pid namespace; what they acknowledged survives their end and, unless `durability` is
 * `process`, the loss of power.
 *
 * Does no I/O: the directory is looked at by the first call that needs it, and created by the first write. Nothing is
 * held open between calls.
 *
 * @throws `CONFIGURATION` naming the option
 */
export function localBackend(options: LocalBackendOptions): ArtifactBackend {
  return new LocalBackend(mediumOf(settingsOf(options)));
}

class LocalBackend implements ArtifactBackend {
  readonly contract = 1;
  readonly name = 'local';
  readonly #medium: Medium;

  constructor(medium: Medium) {
    this.#medium = medium;
  }

  async capabilities({ signal }: CallOptions = {}): Promise<BackendCapabilities> {
    signal?.throwIfAborted();
    return { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true };
  }

  write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<Written> {
    return typed('write', key, options.signal, () => writeObject(this.#medium, key, body, options));
  }

  read(key: string, options: ReadOptions = {}): Promise<ReadResult> {
    return typed('read', key, options.signal, () => readObject(this.#medium, key, options));
  }

  delete(key: string, options: BackendDeleteOptions = {}): Promise<void> {
    return typed('delete', key, options.signal, () => deleteObject(this.#medium, key, options));
  }

  async *list(options: BackendListOptions): AsyncGenerator<ObjectInfo> {
    try {
      yield* listObjects(this.#medium, options);
    } catch (error) {
      throw failure(error, 'list', options.prefix, options.signal);
    }
  }

  discardUnfinished(before: Date, options: CallOptions = {}): Promise<void> {
    const { root } = this.#medium.settings;
    return typed('discardUnfinished', root, options.signal, () => discardUnfinished(this.#medium, before, options));
  }

  check({ signal }: CallOptions = {}): Promise<void> {
    return typed('check', this.#medium.settings.root, signal, async () => {
      signal?.throwIfAborted();
      await this.#medium.root.check();
    });
  }

  async close(): Promise<void> {
    // Nothing is held between calls.
  }
}

async function typed<T>(
  operation: string,
  subject: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(error, operation, subject, signal);
  }
}

/** What the caller sees: its own errors and reasons as they are, failed system calls by what they mean. */
function failure(error: unknown, operation: string, subject: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof BodyFailure) return error.thrown;
  if (signal?.aborted === true && error === signal.reason) return error;
  return classified(error, `${operation} "${subject}"`, operation);
}
