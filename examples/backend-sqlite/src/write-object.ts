import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import type { WriteOptions, Written } from '@artifacts/core';

import { blockSize, blocksOf, putBlock } from './blocks.ts';
import type { OpenDatabase } from './database.ts';
import { refused } from './failures.ts';
import { findObject, putObject, requireCondition } from './objects.ts';
import { begin, finish, retire, tidy } from './unfinished.ts';

/** Stores what fits into a block in one transaction. */
export async function writeBlock(
  database: OpenDatabase,
  key: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<Written> {
  const written = { key, size: bytes.length, version: randomUUID() };
  return publish(database, written, options, () => {
    if (bytes.length > 0) putBlock(database.connection, written.version, 0, bytes);
  });
}

/** Stores block by block under a version that no object names, and names it in the end. */
export async function writeBlocks(
  database: OpenDatabase,
  key: string,
  body: AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<Written> {
  const { size, signal } = options;
  const { connection, writing } = database;
  const version = randomUUID();
  try {
    begin(database, version);
    let stored = 0;
    for await (const block of blocksOf(body)) {
      signal?.throwIfAborted();
      if (size !== undefined && stored + block.length > size)
        throw refused('size', `the body has more than ${size} bytes`);
      putBlock(connection, version, Math.floor(stored / blockSize), block);
      stored += block.length;
      // Everything here is synchronous: without a pause no timer could fire, and nobody abort.
      await setImmediate();
    }
    signal?.throwIfAborted();
    if (size !== undefined && stored < size) throw refused('size', `the body has ${stored} bytes, not ${size}`);
    return await publish(database, { key, size: stored, version }, options, () => finish(connection, version));
  } catch (error) {
    // A call that was aborted has a second to settle.
    const deadline = performance.now() + 500;
    await tidy(database, version, () => performance.now() < deadline);
    throw error;
  } finally {
    writing.delete(version);
  }
}

/** Gives a version its name, in one transaction with `work`. */
async function publish(
  database: OpenDatabase,
  written: Written,
  { condition, signal }: WriteOptions,
  work: () => void,
): Promise<Written> {
  const { connection } = database;
  const replaced = connection.transaction(() => {
    const found = findObject(connection, written.key);
    requireCondition(condition, found);
    work();
    putObject(connection, { ...written, modifiedAt: new Date() });
    if (found !== undefined) retire(connection, found);
    return found;
  });
  if (replaced !== undefined) await tidy(database, replaced.version, () => signal?.aborted !== true);
  return written;
}
