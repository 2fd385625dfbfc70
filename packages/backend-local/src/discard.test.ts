import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryDirectory, textAt } from '../test/support/directory.ts';
import { lockName } from './key-locks.ts';
import { localBackend } from './local-backend.ts';
import { thisProcess } from './processes.ts';

const before = new Date(1_700_000_000_000);

function claimOf(process: Partial<ReturnType<typeof thisProcess>>, count: number): string {
  const { pid, started, boot, namespace } = { ...thisProcess(), ...process };
  return `${pid}-${started}-${boot}-${namespace}-0123456789abcdef-${count}`;
}

test('I-8 what dead writers left is discarded once it is old, and nothing else is', async () => {
  const root = await temporaryDirectory();
  const backend = localBackend({ root });
  await backend.write('key', Buffer.from('bytes'));
  const dead = { started: '1' };
  const stranger = { namespace: '1' };
  const staged: Record<string, number> = {
    [claimOf(dead, 1)]: -1,
    [claimOf(dead, 2)]: 1,
    [claimOf({}, 3)]: -1,
    [claimOf(stranger, 4)]: -1,
    [claimOf(stranger, 5)]: 1,
    'foreign.txt': -1,
  };
  for (const [name, age] of Object.entries(staged)) {
    await writeFile(join(root, 'staging', name), '');
    await utimes(join(root, 'staging', name), 1, before.getTime() / 1000 + age);
  }
  const locks = [
    { path: lockName('dead'), token: claimOf(dead, 1), age: -1 },
    { path: lockName('young'), token: claimOf(dead, 2), age: 1 },
    { path: lockName('alive'), token: claimOf({}, 3), age: -1 },
    { path: lockName('stranger'), token: claimOf(stranger, 4), age: -1 },
    { path: lockName('empty'), token: '', age: -1 },
    { path: claimOf(dead, 6), token: claimOf(dead, 6), age: -1 },
    { path: claimOf({}, 7), token: claimOf({}, 7), age: -1 },
    { path: 'foreign', token: 'file', age: -1 },
  ];
  for (const { path, token, age } of locks) {
    await mkdir(join(root, 'locks', path, token), { recursive: true });
    await utimes(join(root, 'locks', path), 1, before.getTime() / 1000 + age);
  }

  await backend.discardUnfinished(before);
  expect((await readdir(join(root, 'staging'))).toSorted()).toEqual(
    [claimOf(dead, 2), claimOf({}, 3), claimOf(stranger, 5), 'foreign.txt'].toSorted(),
  );
  expect((await readdir(join(root, 'locks'))).toSorted()).toEqual(
    [lockName('young'), lockName('alive'), lockName('stranger'), claimOf({}, 7), 'foreign'].toSorted(),
  );
  expect(await textAt(backend, 'key')).toBe('bytes');
});

test('I-22 a write in progress keeps its staging file, however old it looks', async () => {
  const root = await temporaryDirectory();
  const backend = localBackend({ root });
  const other = localBackend({ root });
  const body = (async function* () {
    yield Buffer.from('first ');
    await other.discardUnfinished(new Date(Date.now() + 3_600_000));
    yield Buffer.from('second');
  })();
  await backend.write('key', body);
  expect(await textAt(other, 'key')).toBe('first second');
});
