import { expect, test } from 'vitest';

import type { ObjectInfo } from './backend.ts';
import { isRecordKey, watched } from './faults.test-helper.ts';
import { collect, content, open, refusal, state } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const elsewhere: ObjectInfo = { key: 'records/a', size: 5, version: 'v1', modifiedAt: new Date(0) };

test('I-1 a storage that says unchanged to a read that names no version is a typed refusal', async () => {
  const { store: filled, backend: inner } = open();
  await filled.upload('a', content(100_000));
  const before = await state(inner);
  const backend = wrapBackend(inner, { read: async (key) => ({ status: 'unchanged', info: { ...elsewhere, key } }) });
  const { store } = open({ backend });

  for (const call of [
    () => store.getMetadata('a'),
    () => store.download('a'),
    () => collect(store.list()),
    () => store.page(),
    () => store.copy('a', 'b'),
    () => store.upload('a', 'x'),
    () => store.update('a', { hold: true }),
    () => store.delete('a'),
  ])
    expect(await refusal(call())).toMatchObject({
      code: 'BACKEND',
      message: 'backend said "unchanged" to a read that names no version',
    });
  const { checks } = await store.healthCheck();
  expect(checks.map(({ name, error }) => [name, error?.code])).toEqual([
    ['backend', undefined],
    ['format', 'BACKEND'],
    ['signing', undefined],
  ]);
  expect(await state(inner)).toEqual(before);
});

test('I-1 a storage that says unchanged of content gives none of it', async () => {
  const { store: filled, backend: inner } = open();
  await filled.upload('a', content(100_000));
  const backend = wrapBackend(inner, {
    read: async (key, options) =>
      isRecordKey(key) ? inner.read(key, options) : { status: 'unchanged', info: { ...elsewhere, key } },
  });

  const error = await refusal((await open({ backend }).store.download('a')).bytes());

  expect(error).toMatchObject({
    code: 'INTEGRITY',
    message: 'artifact "a" fails its integrity check: its content is missing',
  });
});

test.each([{ version: 'v0' }, { size: 1 }])(
  'I-1 a record that is unchanged, but not as it verified (%j), is read and verified again',
  async (lie) => {
    const { store: filled, backend: inner } = open();
    await filled.upload('a', 'x');
    const { backend, calls } = watched(
      wrapBackend(inner, {
        read: async (key, options) => {
          const result = await inner.read(key, options);
          return result.status === 'unchanged' ? { ...result, info: { ...result.info, ...lie } } : result;
        },
      }),
    );
    const { store } = open({ backend });
    const first = await store.getMetadata('a');

    expect(await store.getMetadata('a')).toEqual(first);

    expect(calls.map(({ call }) => call)).toEqual(['read', 'read', 'read']);
  },
);

/** A store with a, b, c and d, whose listings give what `lie` makes of the true one. */
async function listing(lie: (infos: ObjectInfo[]) => ObjectInfo[]) {
  const { store: filled, backend: inner } = open();
  for (const at of [filled, filled.namespace('n')]) for (const id of ['a', 'b', 'c', 'd']) await at.upload(id, id);
  const backend = wrapBackend(inner, {
    async *list(options) {
      yield* lie(await collect(inner.list(options)));
    },
  });
  return { store: open({ backend }).store, inner };
}

const moved = (info: ObjectInfo | undefined, key: string): ObjectInfo[] =>
  info === undefined ? [] : [{ ...info, key }];

const lies: readonly (readonly [what: string, lie: (infos: ObjectInfo[]) => ObjectInfo[]])[] = [
  ['a key of another prefix', (infos) => [...infos.slice(0, 2), ...moved(infos[2], 'content/x')]],
  ['a key of another namespace', (infos) => [...infos.slice(0, 2), ...moved(infos[2], 'ns/other/records/c')]],
  ['a key of the root store', (infos) => [...infos.slice(0, 2), ...moved(infos[2], 'record/c')]],
  ['a key twice', (infos) => [...infos.slice(0, 2), ...infos.slice(1)]],
  ['keys in another order', (infos) => [...infos.slice(0, 2), ...infos.slice(2).toReversed(), ...infos.slice(2)]],
];

test.each(lies)('a storage that lists %s ends the listing', async (_what, lie) => {
  const { store: root } = await listing(lie);
  for (const store of [root, root.namespace('n')]) {
    const problem = { code: 'BACKEND', message: 'backend listed a key that it was not asked for' };
    expect(await refusal(collect(store.list()))).toMatchObject(problem);
    expect(await refusal(store.page())).toMatchObject(problem);
  }
});

test('a storage that lists beyond the prefix shows nothing of other prefixes', async () => {
  const { store, inner } = await listing((infos) => infos);
  const all = await collect(inner.list({ prefix: 'records/' }));
  const lying = open({
    backend: wrapBackend(inner, {
      async *list() {
        yield* all;
      },
    }),
  }).store;

  expect((await store.page({ prefix: 'a' })).artifacts.map(({ id }) => id)).toEqual(['a']);
  expect(await refusal(lying.page({ prefix: 'a' }))).toMatchObject({ code: 'BACKEND' });
});

test('a storage that goes round in circles ends paging, because a page begins behind its cursor', async () => {
  const { inner } = await listing((infos) => infos);
  const backend = wrapBackend(inner, {
    async *list({ prefix }) {
      yield* inner.list({ prefix });
    },
  });
  const { store } = open({ backend });
  const { cursor } = await store.page({ limit: 2 });

  expect(await refusal(store.page({ limit: 2, cursor }))).toMatchObject({ code: 'BACKEND' });
});
