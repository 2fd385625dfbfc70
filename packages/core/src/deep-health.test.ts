import { expect, expectTypeOf, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { failing, watched } from './faults.test-helper.ts';
import type { Health } from './health.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactReader } from './reader.ts';
import {
  Clock,
  collect,
  day,
  dump,
  hour,
  keyringOf,
  keysOf,
  open,
  refusal,
  second,
  stalled,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const away = new ArtifactError('ACCESS_DENIED', 'no right to do that');

/** The check of one name. */
function checkOf({ checks }: Health, name: string) {
  return checks.find((check) => check.name === name);
}

test('a deep check writes, reads and deletes an object of its own, and leaves nothing', async () => {
  const { backend, calls } = watched(memoryBackend());
  const { store } = open({ backend, now: Date.now });

  const health = await store.healthCheck({ deep: true });

  expect(health).toEqual({
    ok: true,
    checks: ['backend', 'format', 'signing', 'canary', 'clock'].map((name) => ({ name, ok: true, durationMs: 0 })),
  });
  const onCanary = calls.filter(({ key }) => key.startsWith('probe/'));
  expect(onCanary.map(({ call }) => call)).toEqual(['write', 'read', 'delete', 'read']);
  expect(await keysOf(backend)).toEqual([]);
});

test('the canary is no artifact: no listing, no usage and no verification sees it, and a full quota lets it pass', async () => {
  const { backend: inner, clock } = open();
  const seen: unknown[] = [];
  const reader = open({ backend: inner, clock }).store;
  const backend = wrapBackend(inner, {
    delete: async (key, options) => {
      if (key.startsWith('probe/')) {
        seen.push(await collect(reader.list()), await reader.usage(), await collect(reader.verify()));
      }
      return inner.delete(key, options);
    },
  });
  const { store } = open({ backend, clock, quota: { maxCount: 0 } });

  for (const each of [store, store.namespace('tenant')]) expect((await each.healthCheck({ deep: true })).ok).toBe(true);

  const nothing = [[], { bytes: 0, count: 0, from: 'scan', invalid: 0 }, []];
  expect(seen).toEqual([...nothing, ...nothing]);
});

function fail(): never {
  throw new Error('there is no store');
}

test.each([
  ['write', ['write', 'delete']],
  ['read', ['write', 'read', 'delete']],
  ['delete', ['write', 'read', 'delete', 'delete']],
] as const)('I-8 a canary whose %s is refused is unhealthy, and is cleared away', async (refused, calls) => {
  const { backend: inner, clock } = open();
  let left = 1;
  const heard = watched(inner, (_n, call, key) => {
    if (call !== refused || !key.startsWith('probe/') || left === 0) return;
    left -= 1;
    throw away;
  });

  const health = await open({ backend: heard.backend, clock }).store.healthCheck({ deep: true });

  expect(health.ok).toBe(false);
  expect(checkOf(health, 'backend')?.ok).toBe(true);
  // Without a canary nothing tells the storage's time.
  for (const name of ['canary', 'clock']) expect(checkOf(health, name)).toMatchObject({ ok: false, error: away });
  expect(heard.calls.filter(({ key }) => key.startsWith('probe/')).map(({ call }) => call)).toEqual(calls);
  expect(await keysOf(inner)).toEqual([]);
});

test.each<[string, (inner: ArtifactBackend) => Partial<ArtifactBackend>]>([
  ['is not there when it is read', () => ({ write: async (key) => ({ key, size: 32, version: 'v' }) })],
  [
    'has other bytes when it is read',
    (inner) => ({ write: (key, _body, options) => inner.write(key, new Uint8Array(32).fill(1), options) }),
  ],
  ['has other bytes when it is read', (inner) => ({ write: (key) => inner.write(key, new Uint8Array(31)) })],
  ['is still there after it was deleted', () => ({ delete: async () => undefined })],
])('a storage where what is written %s is not healthy', async (problem, faultOf) => {
  const { backend, clock } = open();
  const { store } = open({ backend: wrapBackend(backend, faultOf(backend)), clock });

  const health = await store.healthCheck({ deep: true });

  expect(checkOf(health, 'canary')?.error).toMatchObject({
    code: 'BACKEND',
    message: `what the storage was given ${problem}`,
  });
});

test('I-8 what a crash leaves of a canary goes with a sweep after the grace', async () => {
  const { backend, clock } = open();
  const crashed = wrapBackend(backend, { delete: () => Promise.reject(away) });
  await open({ backend: crashed, clock }).store.healthCheck({ deep: true });
  expect((await keysOf(backend)).length).toBe(1);

  clock.advance(day + hour);
  await open({ backend, clock }).store.sweep();

  expect(await keysOf(backend)).toEqual(['store.json']);
});

test('a failure of any one storage call makes a check unhealthy and is never thrown', async () => {
  const fault = { name: away.message, applied: false, error: () => away };
  const check = async (n: number) => {
    const clock = new Clock();
    const { backend, calls } = failing(memoryBackend({ now: () => clock.wall }), fault, n, true);
    const { store } = open({ backend, clock, trackUsage: true });
    const { ok, checks } = await store.healthCheck({ deep: true });
    return { ok, names: checks.map(({ name }) => name), calls: calls.length };
  };
  const names = ['backend', 'format', 'signing', 'ledger', 'canary', 'clock'];
  const { calls, ...unhurt } = await check(100);
  expect(unhurt).toEqual({ ok: true, names });

  for (let n = 1; n <= calls; n += 1) expect({ n, ...(await check(n)) }).toMatchObject({ n, ok: false, names });
});

test.each(['write', 'read', 'delete'] as const)(
  'I-25 a deep check ends at its timeout when a %s hangs',
  async (call) => {
    const { backend, clock } = open();
    const hanging = wrapBackend(backend, {
      [call]: (key: string, ...rest: never[]) =>
        key.startsWith('probe/') ? stalled() : (backend[call] as (...all: unknown[]) => unknown)(key, ...rest),
    });

    const health = await open({ backend: hanging, clock }).store.healthCheck({ deep: true, timeoutMs: 20 });

    expect(health.checks.map(({ name, error }) => [name, error?.code])).toEqual([
      ['backend', undefined],
      ['format', undefined],
      ['signing', undefined],
      ['canary', 'TIMEOUT'],
      ['clock', 'TIMEOUT'],
    ]);
  },
);

test.each([
  [undefined, 300],
  [{ maxCount: 1000 }, 30],
])('with the quota %j the clock may be %i s off, and a tenth of that is a warning', async (quota, limit) => {
  const { backend, clock } = open();
  const clockCheck = async (offMs: number) => {
    const { store } = open({ backend, quota, now: () => clock.wall + offMs });
    const { ok, error, warning } = checkOf(await store.healthCheck({ deep: true }), 'clock') ?? fail();
    return { ok, error: error?.message, warning: warning?.message };
  };

  for (const sign of [1, -1]) {
    expect(await clockCheck(sign * limit * 100)).toEqual({ ok: true, error: undefined, warning: undefined });
    expect(await clockCheck(sign * limit * second)).toEqual({
      ok: true,
      error: undefined,
      warning: `the clock is ${limit} s off the storage's: set it, the limit is ${limit / 10} s`,
    });
    expect(await clockCheck(sign * (limit + 1) * second)).toEqual({
      ok: false,
      error: `the clock is ${limit + 1} s off the storage's: set it, the limit is ${limit} s`,
      warning: undefined,
    });
  }
});

test('how long the canary takes to write is no difference of clocks', async () => {
  const { backend, clock } = open();
  const slow = wrapBackend(backend, {
    write: async (key, body, options) => {
      clock.advance(hour);
      const written = await backend.write(key, body, options);
      clock.advance(hour);
      return written;
    },
  });

  const health = await open({ backend: slow, clock }).store.healthCheck({ deep: true });

  expect(checkOf(health, 'clock')).toMatchObject({ ok: true });
  expect(checkOf(health, 'clock')).not.toHaveProperty('warning');
});

test('a quota of which less than a tenth is left is a warning with its numbers, and a full one no failure', async () => {
  const { store } = open({ quota: { maxBytes: 1000, maxCount: 5 } });
  const quotaCheck = async () => {
    const { ok, warning } = checkOf(await store.healthCheck({ deep: true }), 'quota') ?? fail();
    return { ok, message: warning?.message, field: warning?.field, quota: warning?.quota };
  };
  const enough = { ok: true, message: undefined, field: undefined, quota: undefined };
  expect(await quotaCheck()).toEqual(enough);
  await store.upload('a', new Uint8Array(900));
  expect(await quotaCheck()).toEqual(enough);

  await store.upload('b', new Uint8Array(1));

  expect(await quotaCheck()).toEqual({
    ok: true,
    message: 'of the quota of 1000 bytes 99 are left',
    field: 'quota.maxBytes',
    quota: { limit: 1000, used: 901, reserved: 0, asked: 0 },
  });
  await store.delete('a');
  for (const id of ['c', 'd', 'e', 'f']) await store.upload(id, 'x');
  expect(await quotaCheck()).toEqual({
    ok: true,
    message: 'of the quota of 5 artifacts 0 are left',
    field: 'quota.maxCount',
    quota: { limit: 5, used: 5, reserved: 0, asked: 0 },
  });
});

test('I-28 a reader has no deep check, and is refused one before any call', async () => {
  const { backend, calls } = watched(memoryBackend());
  const reader = new ArtifactReader({ backend, signing: keyringOf('k1'), audience: 'test' });
  expectTypeOf<Parameters<ArtifactReader['healthCheck']>[0]>().not.toHaveProperty('deep');
  const asked = (of: ArtifactReader, options: object) => refusal(of.healthCheck(options));

  for (const error of [await asked(reader, { deep: true }), await asked(open({ backend }).store, { deep: 'yes' })])
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'deep' });
  expect(calls).toEqual([]);
});

test('any number of deep checks may run at once', async () => {
  const { store, backend } = open();

  const all = await Promise.all(Array.from({ length: 50 }, () => store.safe.healthCheck({ deep: true })));

  expect(all.every((result) => result.success && result.data.ok)).toBe(true);
  expect(await dump(backend)).toEqual(new Map());
});
