import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { expect, test } from 'vitest';

import { Connection } from '../src/connection.ts';
import { sqliteBackend } from '../src/index.ts';
import { collect } from './collect.test-helper.ts';
import { newPath } from './folder.test-helper.ts';

const bytes = Buffer.from('bytes');

test.each([undefined, '', 'a\0b'])('the path %j is refused', (path) => {
  expect(() => sqliteBackend({ path: path as string })).toThrow(
    expect.objectContaining({ code: 'CONFIGURATION', field: 'path' }),
  );
});

test('I-28 reading, asking and checking create no file', async () => {
  const path = newPath();
  const backend = sqliteBackend({ path });

  await backend.capabilities();
  await backend.check();
  await backend.discardUnfinished(new Date());
  await backend.delete('key');
  expect(await backend.read('key')).toEqual({ status: 'absent' });
  expect(await collect(backend.list({ prefix: '' }))).toEqual([]);
  await backend.close();

  expect(readdirSync(dirname(path))).toEqual([]);
});

test('two names of one file are one database', async () => {
  const path = newPath();
  const first = sqliteBackend({ path });
  await first.write('key', bytes);
  symlinkSync(path, `${path}.link`);
  const second = sqliteBackend({ path: `${path}.link` });

  expect((await second.read('key')).status).toBe('found');
  await first.close();
  await second.close();
});

test('the last handle to close releases the lock, and a closed one refuses', async () => {
  const path = newPath();
  const first = sqliteBackend({ path });
  const second = sqliteBackend({ path });
  await first.write('key', bytes);
  await second.check();

  await first.close();
  expect(existsSync(`${path}.lock`)).toBe(true);
  await second.close();
  expect(existsSync(`${path}.lock`)).toBe(false);
  await expect(second.read('key')).rejects.toMatchObject({ code: 'CONFIGURATION' });
});

test('a body whose database was closed meanwhile rejects', async () => {
  const backend = sqliteBackend({ path: newPath() });
  await backend.write('key', bytes);
  const found = await backend.read('key');
  await backend.close();

  if (found.status !== 'found') throw new Error(found.status);
  await expect(collect(found.body)).rejects.toMatchObject({ code: 'CONFIGURATION' });
});

test('a directory that is not there is told by every call that needs it, and creates nothing', async () => {
  const path = newPath();
  const backend = sqliteBackend({ path: `${path}/missing/artifacts.db` });

  await expect(backend.check()).rejects.toMatchObject({ code: 'BACKEND' });
  await expect(backend.read('key')).rejects.toMatchObject({ code: 'BACKEND' });
  await expect(backend.write('key', bytes)).rejects.toMatchObject({ code: 'BACKEND', retryable: false });
  expect(readdirSync(dirname(path))).toEqual([]);
});

test('the database of another program, or of a later format, is refused and left as it is', async () => {
  const path = newPath();
  const stranger = new Connection(path);
  stranger.exec('CREATE TABLE invoices (id INTEGER)');
  const backend = sqliteBackend({ path });
  stranger.close();

  await expect(backend.check()).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'path' });
  await backend.close();

  const later = newPath();
  const ours = sqliteBackend({ path: later });
  await ours.write('key', bytes);
  await ours.close();
  const connection = new Connection(later);
  connection.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA user_version = 2');
  connection.close();

  await expect(sqliteBackend({ path: later }).check()).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'path' });
  expect(existsSync(`${later}.lock`)).toBe(false);
});

test('a file that is no database is INTEGRITY, and so is an object whose bytes are gone', async () => {
  const path = newPath();
  writeFileSync(path, 'no database'.repeat(100));
  await expect(sqliteBackend({ path }).check()).rejects.toMatchObject({ code: 'INTEGRITY' });

  const damaged = newPath();
  const backend = sqliteBackend({ path: damaged });
  await backend.write('key', bytes);
  await backend.close();
  const connection = new Connection(damaged);
  connection.exec('PRAGMA locking_mode = EXCLUSIVE; DELETE FROM blocks');
  connection.close();

  const again = sqliteBackend({ path: damaged });
  const found = await again.read('key');
  if (found.status !== 'found') throw new Error(found.status);
  await expect(collect(found.body)).rejects.toMatchObject({ code: 'INTEGRITY' });
  await again.close();
});
