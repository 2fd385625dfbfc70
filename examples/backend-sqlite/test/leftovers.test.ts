import { expect, test } from 'vitest';

import { blockSize } from '../src/blocks.ts';
import { Connection } from '../src/connection.ts';
import { sqliteBackend } from '../src/index.ts';
import { newPath } from './folder.test-helper.ts';

/** What is in the tables when nobody has them open. */
function rows(path: string): unknown {
  const connection = new Connection(path);
  connection.exec('PRAGMA locking_mode = EXCLUSIVE');
  const counts = connection.get(
    'SELECT (SELECT count(*) FROM blocks) AS blocks, (SELECT count(*) FROM unfinished) AS unfinished',
  );
  connection.close();
  return counts;
}

async function* blocks(count: number, end?: () => void): AsyncGenerator<Uint8Array> {
  const block = Buffer.alloc(blockSize, 7);
  for (let sent = 0; sent < count; sent += 1) yield block;
  end?.();
}

test('a write that fails leaves no row behind', async () => {
  const path = newPath();
  const backend = sqliteBackend({ path });
  const failed = new Error('the source broke');
  const failing = blocks(3, () => {
    throw failed;
  });

  await expect(backend.write('key', failing)).rejects.toBe(failed);
  await expect(backend.write('key', blocks(3), { size: blockSize })).rejects.toMatchObject({ field: 'size' });
  await backend.close();

  expect(rows(path)).toEqual({ blocks: 0, unfinished: 0 });
});

test('what is replaced and what is deleted is gone, more than is removed in one step included', async () => {
  const path = newPath();
  const backend = sqliteBackend({ path });

  await backend.write('large', blocks(70));
  await backend.write('large', Buffer.from('small'));
  await backend.write('larger', blocks(130));
  await backend.delete('larger');
  await backend.close();

  expect(rows(path)).toEqual({ blocks: 1, unfinished: 0 });
});

test('what a write in progress needs survives discardUnfinished, and what a dead one left does not', async () => {
  const path = newPath();
  const backend = sqliteBackend({ path });
  const other = sqliteBackend({ path });
  await other.check();
  const body = blocks(2);
  async function* discarding(): AsyncGenerator<Uint8Array> {
    yield* body;
    await other.discardUnfinished(new Date(Date.now() + 60_000));
    yield Buffer.from('end');
  }

  expect((await backend.write('key', discarding())).size).toBe(2 * blockSize + 3);
  await backend.close();
  await other.close();
  expect(rows(path)).toEqual({ blocks: 3, unfinished: 0 });

  const connection = new Connection(path);
  connection.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    INSERT INTO blocks VALUES ('dead', 0, x'00');
    INSERT INTO unfinished VALUES ('dead', 1000);
  `);
  connection.close();
  const later = sqliteBackend({ path });
  await later.discardUnfinished(new Date(1000));
  await later.close();
  expect(rows(path)).toEqual({ blocks: 4, unfinished: 1 });
  const latest = sqliteBackend({ path });
  await latest.discardUnfinished(new Date(1001));
  await latest.close();
  expect(rows(path)).toEqual({ blocks: 3, unfinished: 0 });
});
