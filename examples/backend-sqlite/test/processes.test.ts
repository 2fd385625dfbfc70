import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { ArtifactBackend } from '@artifacts/core';
import { expect, test } from 'vitest';

import { sqliteBackend } from '../src/index.ts';
import { bytesUnder, collect } from './collect.test-helper.ts';
import { newPath } from './folder.test-helper.ts';

const writer = fileURLToPath(new URL('writer.mjs', import.meta.url));
const cutOff = fileURLToPath(new URL('cut-off.mjs', import.meta.url));

/** Starts a process that writes, and kills it when it has said that `count` objects are stored. Gives all that it said. */
async function acknowledged(path: string, first: number, count: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (lines.push(line) === count) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return lines;
}

/** Every object is whole, whoever was killed while writing it. */
async function expectWhole(backend: ArtifactBackend): Promise<void> {
  for (const { key, size } of await collect(backend.list({ prefix: '' }))) {
    const bytes = await bytesUnder(backend, key);
    const number = key === 'replaced' ? bytes[0] : Number(key.slice('small/'.length));
    expect(size).toBe({ small: 1000, large: 2_100_000, replaced: 100_000 }[key.split('/')[0] ?? '']);
    expect(bytes.equals(Buffer.alloc(size, number))).toBe(true);
  }
}

test('I-9 nothing acknowledged is lost and nothing is torn by kill -9, and the lock that stays is told', async () => {
  const path = newPath();
  for (const [round, writes] of [3, 4, 6, 7, 9, 11].entries()) {
    const lines = await acknowledged(path, round * 40, writes);
    const what = `killed after ${writes} writes in round ${round}`;

    const backend = sqliteBackend({ path });
    await expect(backend.check()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: /remove the directory/ });
    rmdirSync(`${path}.lock`);
    for (const key of lines.filter((line) => line.includes('/'))) {
      expect((await backend.read(key)).status, `${what}: ${key}`).toBe('found');
    }
    const number = Number(lines.findLast((line) => line.startsWith('replaced'))?.split(' ')[1] ?? round * 40 - 1);
    const found = (await bytesUnder(backend, 'replaced'))[0];
    expect([number, number + 1], `${what}: replaced ${number}`).toContain(found);
    await expectWhole(backend);
    await backend.discardUnfinished(new Date(Date.now() + 1));
    await backend.close();
  }
});

test('I-6 of a transaction that is cut off nothing is left', async () => {
  const path = newPath();
  const bytes = Buffer.alloc(8 * 1024 * 1024, 7);
  const before = sqliteBackend({ path });
  await before.write('key', bytes);
  await before.close();

  const child = spawn(process.execPath, [cutOff, path], { stdio: ['ignore', 'ignore', 'inherit'] });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  rmdirSync(`${path}.lock`);

  const after = sqliteBackend({ path });
  expect((await bytesUnder(after, 'key')).equals(bytes)).toBe(true);
  await after.close();
});

test('a second process is refused while the first has the database, and the first goes on', async () => {
  const path = newPath();
  const backend = sqliteBackend({ path });
  await backend.write('key', Buffer.from('bytes'));

  const child = spawn(process.execPath, [writer, path, '0', '1'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const said = Buffer.concat(await collect(child.stderr)).toString();
  expect(await exited).toEqual([1, null]);
  expect(said).toContain('UNAVAILABLE');

  expect((await bytesUnder(backend, 'key')).toString()).toBe('bytes');
  await backend.close();
});

test('a process that ends without closing leaves no lock', async () => {
  const path = newPath();
  const child = spawn(process.execPath, [writer, path, '0', '1'], { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([0, null]);

  expect(existsSync(`${path}.lock`)).toBe(false);
  const backend = sqliteBackend({ path });
  await expectWhole(backend);
  await backend.close();
});
