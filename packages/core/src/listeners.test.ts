import { getEventListeners } from 'node:events';

import { expect, test } from 'vitest';

import { collect, content, open, refusal, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

test('I-25 10,000 operations on one signal leave no listener', async () => {
  const { store } = open();
  const { signal } = new AbortController();
  await store.upload('a', 'x');
  await store.upload('big', content(100_000));

  for (let n = 0; n < 1000; n += 1) {
    await store.upload('b', 'x', { signal });
    await store.getMetadata('a', { signal });
    await (await store.download('a', { signal })).bytes();
    for await (const _ of await store.download('big', { signal })) break;
    await store.page({ signal });
    for await (const _ of store.list({ signal })) break;
    await store.update('a', { metadata: { n } }, { signal });
    await store.delete('b', { signal });
    await store.healthCheck({ signal });
    await store.upload('../', 'x', { signal }).catch(() => undefined);
  }

  expect(getEventListeners(signal, 'abort')).toEqual([]);
}, 60_000);

test('I-25 failures, timeouts and handles that are never read leave no listener either', async () => {
  const { store, backend } = open();
  const { signal } = new AbortController();
  await store.upload('a', content(100_000));
  const throwing = wrapBackend(backend, {
    read: () => {
      throw new Error('at once');
    },
    list: () => {
      throw new Error('at once');
    },
  });
  const bad = open({ backend: throwing }).store;
  const hanging = open({ backend: wrapBackend(backend, { read: () => stalled() }), idleTimeoutMs: 5 }).store;

  await store.download('a', { signal });
  (await store.download('a', { signal })).stream();
  await (await store.download('a', { signal })).stream().cancel();
  for (const call of [
    () => bad.getMetadata('a', { signal }),
    () => bad.page({ signal }),
    () => collect(bad.list({ signal })),
    () => bad.upload('a', 'x', { signal, ifGeneration: 3 }),
  ])
    expect(await refusal(call())).toMatchObject({ code: 'BACKEND' });
  expect(await refusal(hanging.getMetadata('a', { signal }))).toMatchObject({ code: 'TIMEOUT' });
  expect(await refusal(store.upload('a', [7] as never, { signal }))).toMatchObject({ code: 'INVALID_ARGUMENT' });

  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('I-25 many thousand items on one signal share one listener, also within a namespace', async () => {
  const { store } = open();
  const { signal } = new AbortController();
  const counts = new Set<number>();
  const items = function* (name: string) {
    for (let n = 0; n < 1000; n += 1) {
      counts.add(getEventListeners(signal, 'abort').length);
      yield { id: `${name}/${n}`, source: 'x' };
    }
  };

  for (const at of [store, store.namespace('n')]) {
    expect((await at.uploadMany(items('a'), { signal, concurrency: 256 })).every(({ success }) => success)).toBe(true);
    expect((await at.deleteMany(items('a'), { signal })).every(({ success }) => success)).toBe(true);
  }

  expect([...counts]).toEqual([1]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
}, 60_000);

test('I-25 reads of namespaces, copies and results on one signal leave no listener', async () => {
  const { store } = open();
  const { signal } = new AbortController();
  await store.upload('a', content(100_000));
  const counts = new Set<number>();

  for (let n = 0; n < 250; n += 1) {
    const tenant = store.namespace(`n${n % 3}`);
    await store.copy('a', 'b', { into: tenant, signal });
    await tenant.getMetadata('b', { signal });
    await tenant.safe.download('b', { signal });
    await refusal(tenant.copy('b', 'c', { signal, ifRevision: '0'.repeat(32) }));
    await tenant.safe.upload('../', 'x', { signal });
    await tenant.page({ signal });
    counts.add(getEventListeners(signal, 'abort').length);
  }

  expect([...counts]).toEqual([0]);
}, 60_000);

test('I-25 many that fail, are refused or are aborted leave no listener', async () => {
  const { store } = open();
  const reason = new Error('enough');
  const throwing = function* () {
    yield { id: 'a', source: 'x' };
    throw reason;
  };
  const { signal } = new AbortController();

  await expect(store.uploadMany(throwing(), { signal })).rejects.toBe(reason);
  await store.uploadMany([null] as never, { signal });
  await store.deleteMany(['../', 'x'], { signal });
  await refusal(store.uploadMany([], { signal, concurrency: 0 }));
  await refusal(store.uploadMany(7 as never, { signal }));
  const opening = {
    [Symbol.iterator]: () => {
      throw reason;
    },
  };
  await expect(store.uploadMany(opening as never, { signal })).rejects.toBe(reason);

  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('I-25 any number of operations at once have one listener on a signal, and none of them warns', async () => {
  const warnings: Error[] = [];
  const heard = (warning: Error): void => void warnings.push(warning);
  process.on('warning', heard);
  const { backend } = open();
  const hanging = open({ backend: wrapBackend(backend, { read: (_key, options) => stalled(options?.signal) }) }).store;
  const controller = new AbortController();
  const reason = new Error('enough');

  const all = Array.from({ length: 50 }, () => hanging.getMetadata('a', { signal: controller.signal }));
  const listening = getEventListeners(controller.signal, 'abort').length;
  const outcomes = Promise.allSettled(all);
  controller.abort(reason);

  expect(listening).toBe(1);
  expect((await outcomes).map((each) => each.status === 'rejected' && each.reason === reason)).toEqual(
    all.map(() => true),
  );
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', heard);
  expect(warnings).toEqual([]);
});
