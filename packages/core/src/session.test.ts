import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactReader } from './reader.ts';
import { Session } from './session.ts';
import { readingEnvironmentOf } from './store-options.ts';
import { keyringOf, keysOf, open, refusal, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const closed = { code: 'CONFIGURATION', message: 'the store is closed' };

test('what is written first says the format once, at the root, for the store and all its namespaces', async () => {
  const { backend, calls } = watched(memoryBackend());
  const { store } = open({ backend });

  await store.namespace('a').upload('x', '1');
  await store.namespace('b').upload('x', '1');
  await store.namespace('a').upload('y', '1');
  await store.upload('x', '1');
  await store.namespace('b').delete('x');

  expect(calls.filter(({ call }) => call === 'capabilities').length).toBe(1);
  expect(calls.filter(({ key }) => key.endsWith('store.json'))).toEqual([
    { call: 'read', key: 'store.json' },
    { call: 'write', key: 'store.json' },
  ]);
  expect((await keysOf(backend)).filter((key) => key.endsWith('store.json'))).toEqual(['store.json']);
});

test('first writes at once in many namespaces leave one format', async () => {
  const { store, backend } = open();

  await Promise.all(Array.from({ length: 8 }, (_, n) => store.namespace(`n${n}`).upload('x', '1')));

  expect((await keysOf(backend)).filter((key) => key.endsWith('store.json'))).toEqual(['store.json']);
});

test('first writes at once ask the backend once what it can, whoever of them asked', async () => {
  const { backend, calls } = watched(memoryBackend());
  const { store } = open({ backend });

  const results = await Promise.all([
    store.uploadMany(Array.from({ length: 20 }, (_, n) => ({ id: `a${n}`, source: 'x' }))),
    store.namespace('n').deleteMany(['a', 'b', 'c']),
  ]);

  expect(results.flat().every(({ success }) => success)).toBe(true);
  const asked = calls.filter(({ call, key }) => call === 'capabilities' || key === 'store.json');
  expect(asked.map(({ call }) => call)).toEqual(['capabilities', 'read', 'write']);
});

test('I-25 who waits for the answer to another waits no longer than it may, and asks again when the other gave up', async () => {
  const inner = memoryBackend();
  let asked = 0;
  const backend = wrapBackend(inner, {
    capabilities: (options) => ((asked += 1) === 1 ? stalled() : inner.capabilities(options)),
  });
  const { store } = open({ backend });
  const [first, second] = [new AbortController(), new AbortController()];
  const reason = new Error('enough');
  const settled = [
    store.upload('a', 'x', { signal: first.signal }),
    store.upload('b', 'x', { signal: second.signal }),
    store.upload('c', 'x', { timeoutMs: 20 }),
    store.upload('d', 'x'),
  ].map((upload) => upload.then(({ id }) => id).catch((error: unknown) => error));
  await new Promise(setImmediate);

  second.abort(reason);
  expect(await settled[1]).toBe(reason);
  expect(await settled[2]).toMatchObject({ code: 'TIMEOUT', artifactId: 'c' });
  expect(asked).toBe(1);
  first.abort(reason);

  expect(await Promise.all(settled)).toEqual([reason, reason, await settled[2], 'd']);
  expect(asked).toBe(2);
});

test('what fails while others wait fails each of them with an error of its own', async () => {
  const backend = wrapBackend(memoryBackend(), { capabilities: () => Promise.reject(new Error('away')) });
  const { store } = open({ backend });

  const results = await store.uploadMany(['a', 'b', 'c'].map((id) => ({ id, source: 'x' })));

  expect(results.map((result) => !result.success && [result.error.code, result.error.artifactId])).toEqual([
    ['BACKEND', 'a'],
    ['BACKEND', 'b'],
    ['BACKEND', 'c'],
  ]);
});

test('a format of a later release is refused within a namespace, too', async () => {
  const { store, backend } = open();
  await backend.write('store.json', Buffer.from('{"format":2}'));

  expect(await refusal(store.namespace('a').upload('x', '1'))).toMatchObject({ code: 'CONFIGURATION', found: 2 });
  const { checks } = await store.namespace('a').healthCheck();
  expect(checks.find(({ name }) => name === 'format')).toMatchObject({ ok: false, error: { code: 'CONFIGURATION' } });
});

test('what was asked of the backend in vain is asked again, by whichever namespace comes next', async () => {
  const inner = memoryBackend();
  let failures = 1;
  const backend = wrapBackend(inner, {
    capabilities: async (options) => {
      failures -= 1;
      if (failures >= 0) throw new Error('away');
      return inner.capabilities(options);
    },
  });
  const { store } = open({ backend });

  expect(await refusal(store.namespace('a').upload('x', '1'))).toMatchObject({ code: 'BACKEND' });
  expect((await store.namespace('b').upload('x', '1')).generation).toBe(1);
});

test('closing a store ends its namespaces, also those that are asked for later', async () => {
  const { store } = open();
  const inside = store.namespace('a');
  await inside.upload('x', '1');
  const download = await inside.download('x');

  await store.close();

  for (const one of [inside, store.namespace('b')]) {
    for (const call of [
      () => one.upload('x', '1'),
      () => one.download('x'),
      () => one.getMetadata('x'),
      () => one.update('x', { hold: true }),
      () => one.delete('x'),
      () => one.copy('x', 'y'),
      () => one.uploadMany([]),
      () => one.deleteMany([]),
      () => one.page(),
      async () => one.list(),
      () => one.ready(),
      () => one.healthCheck(),
    ])
      expect(await refusal(call())).toMatchObject(closed);
  }
  expect(await download.text()).toBe('1');
});

test('closing a namespace closes neither the store nor another handle on the namespace', async () => {
  const { store } = open();
  const one = store.namespace('a');
  const other = store.namespace('a');

  await one.close();
  await one[Symbol.asyncDispose]();

  expect(await refusal(one.getMetadata('x'))).toMatchObject(closed);
  expect((await other.upload('x', '1')).generation).toBe(1);
  expect(await store.getMetadata('x')).toBeUndefined();
});

test('a copy into a closed store is refused, and its original stays as it is', async () => {
  const { store } = open();
  const inside = store.namespace('a');
  await store.upload('x', '1');
  await inside.close();

  expect(await refusal(store.copy('x', 'y', { into: inside }))).toMatchObject(closed);
  expect(await (await store.download('x')).text()).toBe('1');
});

test('a backend that was opened for a session is closed with it, once; one that was given stays open', async () => {
  let closes = 0;
  const backend = wrapBackend(memoryBackend(), { close: async () => void (closes += 1) });
  const environment = readingEnvironmentOf({ backend, signing: keyringOf('k1'), audience: 'test' });
  const given = new ArtifactReader(new Session(environment));
  const owned = new ArtifactReader(new Session(environment, { ownsBackend: true }));

  await given.close();
  expect(closes).toBe(0);
  await owned.namespace('a').close();
  expect(closes).toBe(0);
  await owned.close();
  await owned.close();
  await owned[Symbol.asyncDispose]();
  expect(closes).toBe(1);
});
