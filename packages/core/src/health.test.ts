import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { signersOf } from './signing.ts';
import { collect, dump, keyringOf, open, refusal, second, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

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
  const backend = wrapBackend(inner, { check: () => Promise.reject(new Error('ENOENT')) });
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

test('of several keys that sign every one has to be usable', async () => {
  const [good, other] = [keyringOf('k1'), keyringOf('k2')];
  const signing = {
    active: async () => [...signersOf(await good.active()), ...signersOf(await other.active())],
    find: (keyid: string) => good.find(keyid),
  };

  const { checks } = await open({ signing }).store.healthCheck();

  expect(checks[2]).toMatchObject({ name: 'signing', ok: false, error: { code: 'UNKNOWN_KEY' } });
  expect(await refusal(open({ signing }).store.ready())).toMatchObject({ code: 'UNKNOWN_KEY' });
});

test('I-25 a health check ends at its timeout', async () => {
  const backend = wrapBackend(memoryBackend(), { check: () => stalled() });

  for (const health of [
    await open({ backend }).store.healthCheck({ timeoutMs: 20 }),
    await open({ backend, idleTimeoutMs: 20 }).store.healthCheck(),
  ]) {
    expect(health.ok).toBe(false);
    expect(health.checks.map(({ name, ok, error }) => [name, ok, error?.code])).toEqual([
      ['backend', false, 'TIMEOUT'],
      ['format', true, undefined],
      ['signing', true, undefined],
    ]);
  }
});

test("I-25 a health check that its caller aborts is thrown with the caller's reason", async () => {
  const { store } = open({ backend: wrapBackend(memoryBackend(), { check: () => stalled() }) });
  for (const reason of [new Error('enough'), new ArtifactError('TIMEOUT', 'the caller ran out of time')]) {
    const controller = new AbortController();
    const checking = store.healthCheck({ signal: controller.signal }).catch((error: unknown) => error);
    await new Promise(setImmediate);

    controller.abort(reason);

    expect(await checking).toBe(reason);
  }
});

test('ready passes where everything is there, and leaves nothing but the format', async () => {
  const { store, backend } = open();

  await store.ready();

  expect([...(await dump(backend))].map(([key, bytes]) => [key, Buffer.from(bytes).toString()])).toEqual([
    ['store.json', '{"format":1}'],
  ]);
});

test.each(['write', 'read'] as const)('I-8 ready leaves no probe behind when its %s fails', async (call) => {
  const { backend: inner } = open();
  const { backend } = watched(inner, undefined, (_n, called, key) => {
    if (called === call && key.startsWith('probe/')) throw new ArtifactError('ACCESS_DENIED', 'no right to look');
  });

  expect(await refusal(open({ backend }).store.ready())).toMatchObject({
    code: 'ACCESS_DENIED',
    message: 'no right to look',
  });
  expect([...(await dump(inner)).keys()]).toEqual(['store.json']);
});

test('ready names every problem at once', async () => {
  const { backend: inner, clock } = open();
  await inner.write('store.json', Buffer.from('{"format":9}'));
  const backend = wrapBackend(inner, {
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

test.each([false, true])(
  'the first write of a store survives one UNAVAILABLE on its format, applied: %s',
  async (applied) => {
    const { backend: inner } = open();
    let left = 1;
    const trip = (_n: number, call: string, key: string): void => {
      if (call !== 'write' || key !== 'store.json' || left === 0) return;
      left -= 1;
      throw new ArtifactError('UNAVAILABLE', 'the medium is away');
    };
    const { backend } = applied ? watched(inner, undefined, trip) : watched(inner, trip);

    expect((await open({ backend }).store.upload('a', 'x')).generation).toBe(1);

    expect(left).toBe(0);
    expect(Buffer.from((await dump(inner)).get('store.json') ?? '').toString()).toBe('{"format":1}');
  },
);

test('a closed store refuses every operation and leaves the backend open', async () => {
  const { backend } = open();
  let closed = 0;
  const { store } = open({ backend: wrapBackend(backend, { close: async () => void (closed += 1) }) });
  await store.upload('a', 'x');
  const download = await store.download('a');
  const listed = store.list();

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
  // The download was under way. Reading it again would be another operation.
  expect(await download.text()).toBe('x');
  expect(await refusal(download.text())).toMatchObject({ code: 'CONFIGURATION', field: 'store' });
  expect(await refusal(download.slice({ last: 1 }).bytes())).toMatchObject({ code: 'CONFIGURATION', field: 'store' });
  expect(await refusal(collect(listed))).toMatchObject({ code: 'CONFIGURATION', field: 'store' });
  expect(closed).toBe(0);
});
