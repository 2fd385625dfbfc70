import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';

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
  WriteOptions,
  Written,
} from '@artifacts/core';

import { blockSize } from './blocks.ts';
import { bytesOf } from './body.ts';
import { acquire, exists, type OpenDatabase, release } from './database.ts';
import { refused } from './failures.ts';
import { findObject, pageOfObjects, removeObject, requireCondition } from './objects.ts';
import { discardBefore, retire, tidy } from './unfinished.ts';
import { writeBlock, writeBlocks } from './write-object.ts';

export interface SqliteBackendOptions {
  /**
   * The database file, relative to the working directory at the time of the call. The first write creates it; its directory must be
   * there. One process at a time may have it open, from its first call until it closes every backend on it.
   */
  readonly path: string;
}

/** Does no I/O. @throws `CONFIGURATION` */
export function sqliteBackend({ path }: SqliteBackendOptions): ArtifactBackend {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new ArtifactError('CONFIGURATION', 'the path of the database is missing: give that of a file', {
      field: 'path',
    });
  }
  return new SqliteBackend(resolve(path));
}

class SqliteBackend implements ArtifactBackend {
  readonly contract = 1;
  readonly name = 'sqlite';
  readonly #path: string;
  #database: OpenDatabase | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async capabilities({ signal }: CallOptions = {}): Promise<BackendCapabilities> {
    signal?.throwIfAborted();
    return { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true };
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<Written> {
    assertKey(key);
    const { condition, size, signal } = options;
    signal?.throwIfAborted();
    if (!(body instanceof Uint8Array)) {
      if (condition !== undefined) throw refused('condition', 'a conditional write needs its body as one Uint8Array');
      return writeBlocks(this.#open(), key, body, options);
    }
    if (size !== undefined && size !== body.length) {
      throw refused('size', `the body has ${body.length} bytes, not ${size}`);
    }
    if (body.length <= blockSize) return writeBlock(this.#open(), key, body, options);
    return writeBlocks(this.#open(), key, only(body), options);
  }

  async read(key: string, { range, ifChanged, signal }: ReadOptions = {}): Promise<ReadResult> {
    assertKey(key);
    signal?.throwIfAborted();
    const database = this.#openExisting();
    const info = database && findObject(database.connection, key);
    if (database === undefined || info === undefined) return { status: 'absent' };
    if (info.version === ifChanged) return { status: 'unchanged', info };
    const { start, end } = range ?? { start: 0, end: info.size };
    return { status: 'found', info, body: bytesOf(database, info, { start, end: Math.min(end, info.size) }, signal) };
  }

  async delete(key: string, { condition, signal }: BackendDeleteOptions = {}): Promise<void> {
    assertKey(key);
    signal?.throwIfAborted();
    const database = this.#openExisting();
    if (database === undefined) return;
    const { connection } = database;
    const removed = connection.transaction(() => {
      const found = findObject(connection, key);
      if (found === undefined) return undefined;
      requireCondition(condition, found);
      removeObject(connection, key);
      retire(connection, found);
      return found;
    });
    if (removed !== undefined) await tidy(database, removed.version, () => signal?.aborted !== true);
  }

  async *list({ prefix, after = '', signal }: BackendListOptions): AsyncGenerator<ObjectInfo> {
    signal?.throwIfAborted();
    const database = this.#openExisting();
    if (database === undefined) return;
    for (let last = after; ;) {
      const page = pageOfObjects(database.connection, prefix, last);
      if (page.length === 0) return;
      for (const info of page) {
        yield info;
        signal?.throwIfAborted();
        last = info.key;
      }
      await setImmediate();
      signal?.throwIfAborted();
    }
  }

  async discardUnfinished(before: Date, { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const database = this.#openExisting();
    if (database !== undefined) await discardBefore(database, before, signal);
  }

  async check({ signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#openExisting() !== undefined) return;
    try {
      accessSync(dirname(this.#path), constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (cause) {
      throw new ArtifactError('ACCESS_DENIED', 'no database can be created in this directory', { cause });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const database = this.#database;
    this.#database = undefined;
    if (database !== undefined) release(database);
  }

  /** Reading creates nothing. */
  #openExisting(): OpenDatabase | undefined {
    return this.#database === undefined && !this.#isClosed && !exists(this.#path) ? undefined : this.#open();
  }

  #open(): OpenDatabase {
    if (this.#isClosed) throw new ArtifactError('CONFIGURATION', 'the backend was closed');
    this.#database ??= acquire(this.#path);
    return this.#database;
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
