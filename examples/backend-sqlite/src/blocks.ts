import type { Connection } from './connection.ts';

/** Every block of a version but the last has this many bytes. */
export const blockSize = 1024 * 1024;

export function putBlock(connection: Connection, version: string, number: number, bytes: Uint8Array): void {
  connection.run('INSERT INTO blocks (version, number, bytes) VALUES (?, ?, ?)', [version, number, bytes]);
}

/** Up to `length` bytes from `offset` of a block. */
export function getBlock(
  connection: Connection,
  version: string,
  number: number,
  { offset, length }: { readonly offset: number; readonly length: number },
): Uint8Array | undefined {
  // SQLite counts from 1.
  const row = connection.get('SELECT substr(bytes, ?, ?) AS bytes FROM blocks WHERE version = ? AND number = ?', [
    offset + 1,
    length,
    version,
    number,
  ]);
  return row?.['bytes'] instanceof Uint8Array ? row['bytes'] : undefined;
}

/** Removes up to `limit` blocks and tells how many it were. */
export function removeBlocks(connection: Connection, version: string, limit: number): number {
  return connection.run('DELETE FROM blocks WHERE rowid IN (SELECT rowid FROM blocks WHERE version = ? LIMIT ?)', [
    version,
    limit,
  ]);
}

/** Cuts `body` into blocks. Each is given in the same memory, and is used up when the next one is asked for. */
export async function* blocksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(blockSize);
  let filled = 0;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + blockSize - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < blockSize) continue;
      yield block;
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
