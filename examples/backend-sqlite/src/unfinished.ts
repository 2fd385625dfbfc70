import { setImmediate } from 'node:timers/promises';

import type { ObjectInfo } from '@artifacts/core';

import { blockSize, removeBlocks } from './blocks.ts';
import type { Connection } from './connection.ts';
import type { OpenDatabase } from './database.ts';

/** As many blocks as are removed in one step: some 50 ms, in which nothing else in the process runs. */
const sliceBlocks = 64;

/** Says before its first block that a version is being written. */
export function begin({ connection, writing }: OpenDatabase, version: string): void {
  writing.add(version);
  connection.run('INSERT INTO unfinished (version, begun_at) VALUES (?, ?)', [version, Date.now()]);
}

export function finish(connection: Connection, version: string): void {
  connection.run('DELETE FROM unfinished WHERE version = ?', [version]);
}

/** Part of the transaction that takes a version's name away. What is more than a slice has to be tidied away afterwards. */
export function retire(connection: Connection, { version, size }: ObjectInfo): void {
  // Nobody is writing it, so it is due at any time.
  if (size > sliceBlocks * blockSize)
    connection.run('INSERT INTO unfinished (version, begun_at) VALUES (?, 0)', [version]);
  else removeBlocks(connection, version, sliceBlocks);
}

/** Removes what is left of an unfinished version, as long as there is time. Never changes the outcome of a call. */
export async function tidy({ connection }: OpenDatabase, version: string, isTime: () => boolean): Promise<void> {
  try {
    while (isTime() && removeSlice(connection, version)) await setImmediate();
  } catch {
    // The version is still among the unfinished, where `discardUnfinished` finds it.
  }
}

/** Removes every unfinished version that was begun before then and is not being written. */
export async function discardBefore(
  { connection, writing }: OpenDatabase,
  before: Date,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let after = ''; ;) {
    const row = connection.get(
      'SELECT version FROM unfinished WHERE version > ? AND begun_at < ? ORDER BY version LIMIT 1',
      [after, before.getTime()],
    );
    if (row === undefined) return;
    after = String(row['version']);
    while (!writing.has(after) && removeSlice(connection, after)) {
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
}

/** Whether there is more. */
function removeSlice(connection: Connection, version: string): boolean {
  return connection.transaction(() => {
    // What was finished meanwhile has a name, and stays.
    if (connection.get('SELECT 1 FROM unfinished WHERE version = ?', [version]) === undefined) return false;
    if (removeBlocks(connection, version, sliceBlocks) === sliceBlocks) return true;
    finish(connection, version);
    return false;
  });
}
