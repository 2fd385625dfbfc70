import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { dump, keyringOf, open, override, refusal, second, stalled } from './store.test-helper.ts';

test('a store that can be used is healthy, and looking at it writes nothing', async () => {
  const { backend, calls } = watched(memoryBackend());
  const { store } = open({ backend });

  const health = await store.healthCheck();

  expect(health).toEqual({
    ok: true,
    checks: [
      { name: 'backend', ok: true, durationMs: 0 },
      { name: 'format', ok: true, durationMs: 0 },
      { name: 'signing', ok: true, durationMs: 0 },
    ],
  });
  expect(calls.map(({ call }) => call).toSorted()).toEqual(['check', 'read']);
});

test('what is wrong is in the result, each beside the others', async () => {
  const inner = memoryBackend();
  await inner.write('store.json', Buffer.from('{"format":2}'));
  const backend = override(inner, { check: () => Promise.reject(new Error('ENOENT')) });
  const signing = {
    active: () => {
      throw new Error('KMS is away');
    },
    find: () => undefined,
  };

  const { ok, checks } = await open({ backend, signing }).store.healthCheck();

  expect(ok).toBe(false);
  expect(checks.map(({ name, error }) => [name, error?.code])).toEqual([
    ['backend', 'BACKEND'],
    ['format', 'CONFIGURATION'],
    ['signing', 'UNAVAILABLE'],
  ]);
});

test('a key that signs what it cannot verify is not healthy', async () => {
  const signing = { active: () => keyringOf('k1').active(), find: () => undefined };

  const { checks } = await open({ signing }).store.healthCheck();

  expect(checks[2]).toMatchObject({ name: 'signing', ok: false, error: { code: 'UNKNOWN_KEY' } });
});

test('I-25 a health check ends at its timeout', async () => {
  const backend = override(memoryBackend(), { check: () => stalled() });

  expect(await refusal(open({ backend }).store.healthCheck({ timeoutMs: 20 }))).toMatchObject({ code: 'TIMEOUT' });
  const { checks } = await open({ backend, idleTimeoutMs: 20 }).store.healthCheck();
  expect(checks[0]).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
});

test('ready passes where everything is there, and leaves nothing but the format', async () => {
  const { store, backend } = open();

  await store.ready();

  expect([...(await dump(backend))].map(([key, bytes]) => [key, Buffer.from(bytes).toString()])).toEqual([
    ['store.json', '{"format":1}'],
  ]);
});

test('ready names every problem at once', async () => {
  const { backend: inner, clock } = open();
  await inner.write('store.json', Buffer.from('{"format":9}'));
  const backend = override(inner, {
    check: () => Promise.reject(new ArtifactError('ACCESS_DENIED', 'no right to read')),
  });
  const skewed = open({
    backend,
    now: () => clock.wall + 301 * second,
    signing: { active: () => keyringOf('k1').active(), find: () => undefined },
  });

  const error = await refusal(skewed.store.ready());

  expect(error.code).toBe('CONFIGURATION');
  for (const part of ['no right to read', 'format 9', 'does not hold', '301 s off'])
    expect(error.message).toContain(part);
});

test('ready gives a single problem as it is', async () => {
  const { backend, clock } = open();

  for (const off of [301 * second, -301 * second])
    expect(await refusal(open({ backend, now: () => clock.wall + off }).store.ready())).toMatchObject({
      code: 'CONFIGURATION',
      field: 'now',
    });
  await open({ backend, now: () => clock.wall + 300 * second }).store.ready();
});

test.each(['{"format":2}', '{"format":"1"}', '{}', '[]', 'null', '', 'garbage', '{"format":1'])(
  'a store that says %j is written to by nobody',
  async (said) => {
    const { store, backend } = open();
    await backend.write('store.json', Buffer.from(said));
    const before = await dump(backend);

    expect(await refusal(store.upload('a', 'x'))).toMatchObject({
      code: 'CONFIGURATION',
      field: 'backend',
      expected: 1,
    });
    expect(await dump(backend)).toEqual(before);
  },
);

test('a closed store refuses every operation and leaves the backend open', async () => {
  const { backend } = open();
  let closed = 0;
  const { store } = open({ backend: override(backend, { close: async () => void (closed += 1) }) });
  await store.upload('a', 'x');
  const download = await store.download('a');

  await store.close();
  await store.close();
  await store[Symbol.asyncDispose]();

  for (const call of [
    () => store.upload('a', 'x'),
    () => store.download('a'),
    () => store.getMetadata('a'),
    () => store.update('a', { hold: true }),
    () => store.delete('a'),
    () => store.page(),
    async () => store.list(),
    () => store.ready(),
    () => store.healthCheck(),
  ]) {
    expect(await refusal(call())).toMatchObject({ code: 'CONFIGURATION', message: 'the store is closed' });
  }
  expect(await download.text()).toBe('x');
  expect(closed).toBe(0);
});
