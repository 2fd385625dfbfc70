import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryDirectory, textAt } from '../test/support/directory.ts';
import { rejection } from '../test/support/rejection.ts';
import { dropClaim, newClaim } from './claims.ts';
import { lockName } from './key-locks.ts';
import { localBackend } from './local-backend.ts';
import { thisProcess } from './processes.ts';

const old = Buffer.from('old');
const bytes = Buffer.from('new');

async function withLock(token: string) {
  const root = await temporaryDirectory();
  const backend = localBackend({ root });
  await backend.write('key', old);
  const lock = join(root, 'locks', lockName('key'));
  await mkdir(join(lock, token), { recursive: true });
  return { backend, lock, locks: join(root, 'locks') };
}

/** As another process would name its token. */
function tokenOf(process: Partial<ReturnType<typeof thisProcess>>): string {
  const { pid, started, boot, namespace } = { ...thisProcess(), ...process };
  return `${pid}-${started}-${boot}-${namespace}-0123456789abcdef-1`;
}

test('a lock whose holder is dead is in nobody’s way', async () => {
  for (const token of [tokenOf({ started: '1' }), tokenOf({ boot: '0123456789abcdef' }), tokenOf({ pid: 4_190_000 })]) {
    const { backend, locks } = await withLock(token);
    await backend.write('key', bytes);
    expect(await textAt(backend, 'key')).toBe('new');
    expect(await readdir(locks)).toEqual([]);
  }
});

test('a lock whose holder lives, or cannot be judged, is never broken by its age', async () => {
  const own = newClaim();
  for (const token of [own, tokenOf({}), tokenOf({ namespace: '1', pid: 4_190_000 })]) {
    const { backend, lock } = await withLock(token);
    await utimes(join(lock, token), 1, 1);
    await utimes(lock, 1, 1);
    const reason = new Error('waited');
    for (const call of [
      (signal: AbortSignal) => backend.write('key', bytes, { signal }),
      (signal: AbortSignal) => backend.delete('key', { signal }),
    ]) {
      const controller = new AbortController();
      const waiting = call(controller.signal);
      setTimeout(() => controller.abort(reason), 50);
      await expect(waiting).rejects.toBe(reason);
    }
    await backend.discardUnfinished(new Date(Date.now() + 3_600_000));
    expect(await readdir(lock)).toEqual([token]);
    expect(await readdir(join(lock, '..'))).toEqual([lockName('key')]);
    expect(await textAt(backend, 'key')).toBe('old');
    // Creating takes no lock.
    await backend.write('other', bytes);
  }
  dropClaim(own);
});

test('an empty lock is free', async () => {
  const { backend, lock, locks } = await withLock('.');
  expect(await readdir(lock)).toEqual([]);
  await backend.write('key', bytes);
  expect(await readdir(locks)).toEqual([]);
});

test('what is no token of ours is reported by its path and not removed', async () => {
  const { backend, lock } = await withLock('.DS_Store');
  const { message } = await rejection('CONFIGURATION', backend.write('key', bytes));
  expect(message).toContain(join(lock, '.DS_Store'));
  expect(await readdir(lock)).toEqual(['.DS_Store']);
});

test('a thousand overwrites of one key by sixteen backends at once leave no lock', async () => {
  const root = await temporaryDirectory();
  const backends = Array.from({ length: 16 }, () => localBackend({ root, durability: 'process' }));
  await Promise.all(
    backends.map(async (backend) => {
      for (let round = 0; round < 62; round += 1) await backend.write('key', bytes);
    }),
  );
  expect(await readdir(join(root, 'locks'))).toEqual([]);
  expect(await readdir(join(root, 'staging'))).toEqual([]);
});
