import { expect, expectTypeOf, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import type { OperationEnd } from './events.ts';
import {
  collect,
  content,
  drawn,
  countingNames,
  dump,
  hour,
  keysOf,
  mebibyte,
  objectAt,
  open,
  refusal,
  sha256,
  startTime,
  state,
} from './store.test-helper.ts';
import type { ArtifactStore } from './store.ts';

async function payloadAt(backend: ArtifactBackend, key: string): Promise<Record<string, unknown>> {
  const [line = ''] = Buffer.from(await objectAt(backend, key))
    .toString()
    .split('\n');
  const { payload } = JSON.parse(line) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString()) as Record<string, unknown>;
}

const idsOf = async (store: ArtifactStore): Promise<string[]> => (await collect(store.list())).map(({ id }) => id);

test('everything of a namespace lies under its own prefix, as it would at the root', async () => {
  const root = open({ randomBytes: countingNames() });
  const inside = open({ randomBytes: countingNames() });
  const script = async (store: ArtifactStore): Promise<void> => {
    await store.upload('Large', content(2 * mebibyte), { expiresAt: startTime + hour });
    await store.upload('Large', content(100_000));
    await store.upload('small', 'x', { expiresAt: startTime + hour });
    await store.update('small', { expiresAt: startTime + 2 * hour });
    await store.delete('small');
    await store.ready();
  };

  await script(root.store);
  await script(inside.store.namespace('Tenant A'));

  const atRoot = (await keysOf(root.backend)).filter((key) => key !== 'store.json');
  expect(atRoot).toEqual([
    `content/${sha256('Large')}/${drawn(1)}`,
    `content/${sha256('Large')}/${drawn(4)}`,
    ...atRoot.filter((key) => key.startsWith('pending/')),
    'records/=4carge',
    'records/small',
  ]);
  expect(await keysOf(inside.backend)).toEqual([
    ...atRoot.map((key) => `ns/=54enant=20=41/${key}`).toSorted(),
    'store.json',
  ]);
});

test('I-3 a record says which namespace it is of, and one of the root store says none', async () => {
  const { store, backend } = open();
  await store.upload('a', 'x');
  await store.namespace('Tenant A').upload('a', 'x');
  await store.namespace('b').upload('a', 'x');
  await store.namespace('b').delete('a');

  expect(Object.keys(await payloadAt(backend, 'records/a')).slice(0, 3)).toEqual(['v', 'audience', 'id']);
  expect(await payloadAt(backend, 'ns/=54enant=20=41/records/a')).toMatchObject({ namespace: 'Tenant A', id: 'a' });
  expect(await payloadAt(backend, 'ns/b/records/a')).toMatchObject({ namespace: 'b', id: 'a', deleted: true });
});

const places = [
  ['one namespace', 'another', 'ns/n/', 'ns/o/'],
  ['a namespace', 'the root store', 'ns/n/', ''],
  ['the root store', 'a namespace', '', 'ns/o/'],
] as const;

/** The root store and two namespaces, by the prefix of their keys. */
function tenants() {
  const { store, backend } = open();
  const stores: Readonly<Record<string, ArtifactStore>> = {
    '': store,
    'ns/n/': store.namespace('n'),
    'ns/o/': store.namespace('o'),
  };
  const at = (prefix: string): ArtifactStore => {
    const found = stores[prefix];
    if (found === undefined) throw new Error(`no store at ${prefix}`);
    return found;
  };
  return { backend, at };
}

test.each(places)(
  'I-3 a record that is moved from %s to %s is refused by everything that reads it',
  async (_from, _to, from, to) => {
    for (const size of [5, 100_000]) {
      const { backend, at } = tenants();
      await at(from).upload('a', content(size));
      await at(to).upload('a', content(size, 2));
      await at(to).upload('b', 'good');
      for (const id of ['a', 'new']) {
        await backend.write(`${to}records/${id}`, await objectAt(backend, `${from}records/a`));
      }
      for (const key of await keysOf(backend, `${from}content/`))
        await backend.write(to + key.slice(from.length), await objectAt(backend, key));
      const before = await state(backend);
      const store = at(to);

      for (const call of [
        () => store.getMetadata('a'),
        () => store.download('a'),
        () => store.upload('a', 'over it'),
        () => store.update('a', { metadata: {} }),
        () => store.delete('a'),
        () => store.copy('a', 'c'),
      ]) {
        const error = await refusal(call());
        expect(error).toMatchObject({ code: 'INTEGRITY', artifactId: 'a' });
        expect(error.message).toContain('its record was signed for another namespace');
      }
      expect(await refusal(store.getMetadata('new'))).toMatchObject({ code: 'INTEGRITY' });
      const page = await store.page();
      expect(page.artifacts.map(({ id }) => id)).toEqual(['b']);
      expect(page.invalid.map(({ id, error }) => [id, error.code])).toEqual([
        ['a', 'INTEGRITY'],
        ['new', 'INTEGRITY'],
      ]);
      expect(await state(backend)).toEqual(before);
    }
  },
);

test.each(places)('I-3 a tombstone that is moved from %s to %s deletes nothing there', async (_from, _to, from, to) => {
  const { backend, at } = tenants();
  for (const prefix of [from, to]) await at(prefix).upload('a', 'x');
  await at(from).delete('a');
  await backend.write(`${to}records/a`, await objectAt(backend, `${from}records/a`));

  expect(await refusal(at(to).getMetadata('a'))).toMatchObject({ code: 'INTEGRITY' });
  expect(await refusal(at(to).upload('a', 'y', { ifGeneration: 0 }))).toMatchObject({ code: 'INTEGRITY' });
});

test.each(places)('I-3 content that is moved from %s to %s is never handed out', async (_from, _to, from, to) => {
  const { backend, at } = tenants();
  await at(from).upload('a', content(100_000, 1));
  await at(to).upload('a', content(100_000, 2));
  const [source = ''] = await keysOf(backend, `${from}content/`);
  const [target = ''] = await keysOf(backend, `${to}content/`);
  await backend.write(target, await objectAt(backend, source));

  expect(await refusal((await at(to).download('a')).bytes())).toMatchObject({ code: 'INTEGRITY', artifactId: 'a' });
  expect(sha256(await (await at(from).download('a')).bytes())).toBe(sha256(content(100_000, 1)));
});

test('listings, pages and deletes stay inside', async () => {
  const { at } = tenants();
  for (const prefix of ['', 'ns/n/', 'ns/o/']) {
    for (const id of ['a', 'b', 'ns/o/x', 'c']) await at(prefix).upload(id, prefix);
  }
  const inside = at('ns/n/');

  expect(await idsOf(inside)).toEqual(['a', 'b', 'c', 'ns/o/x']);
  const first = await inside.page({ limit: 2 });
  expect(first.artifacts.map(({ id }) => id)).toEqual(['a', 'b']);
  const rest = await inside.page({ cursor: first.cursor });
  expect([rest.artifacts.map(({ id }) => id), rest.cursor]).toEqual([['c', 'ns/o/x'], undefined]);
  // A cursor names a place among ids and no namespace, so it can only ever lead to what is inside.
  expect((await at('ns/o/').page({ cursor: first.cursor })).artifacts.map(({ id }) => id)).toEqual(['c', 'ns/o/x']);
  expect((await inside.page({ prefix: 'ns/' })).artifacts.map(({ id }) => id)).toEqual(['ns/o/x']);

  expect(await inside.delete('a')).toBe(true);
  expect((await inside.update('b', { metadata: { only: 'inside' } })).metadata).toEqual({ only: 'inside' });
  expect(await inside.getMetadata('a')).toBeUndefined();
  for (const prefix of ['', 'ns/o/']) {
    expect(await idsOf(at(prefix))).toEqual(['a', 'b', 'c', 'ns/o/x']);
    expect((await at(prefix).getMetadata('b'))?.metadata).toEqual({});
    expect(await (await at(prefix).download('a')).text()).toBe(prefix);
  }
});

test('generations and conditions are of one namespace', async () => {
  const { at } = tenants();

  const stored = [];
  for (const prefix of ['', 'ns/n/', 'ns/o/']) stored.push(await at(prefix).upload('a', 'x', { ifGeneration: 0 }));
  await at('ns/n/').upload('a', 'y', { ifGeneration: 1 });

  expect(stored.map(({ generation }) => generation)).toEqual([1, 1, 1]);
  expect((await at('').getMetadata('a'))?.generation).toBe(1);
  expect((await at('ns/n/').getMetadata('a'))?.generation).toBe(2);
});

test('events name the namespace, and those of the root store none', async () => {
  const ends: OperationEnd[] = [];
  const { store } = open({ observers: [{ end: (event) => void ends.push(event) }] });
  const inside = store.namespace('Tenant A');

  await store.upload('a', 'x');
  await inside.upload('a', 'x');
  await (await inside.download('a')).bytes();
  await inside.getMetadata('a');
  await collect(inside.list());
  await inside.page();
  await inside.update('a', { metadata: {} });
  await inside.delete('a');
  await inside.ready();
  await inside.healthCheck();
  await inside.deleteMany(['a']);
  await inside.copy('b', 'c').catch(() => undefined);

  expect(ends.map(({ operation, namespace }) => `${operation} ${namespace}`)).toEqual([
    'upload undefined',
    ...['upload', 'download', 'getMetadata', 'list', 'page', 'update', 'delete'].map((name) => `${name} Tenant A`),
    ...['ready', 'healthCheck', 'delete', 'download'].map((name) => `${name} Tenant A`),
  ]);
});

test('a namespace is a store of the same kind', () => {
  const { store } = open();

  expectTypeOf<(typeof store)['namespace']>().returns.toEqualTypeOf<ArtifactStore>();
  expect(Object.getPrototypeOf(store.namespace('a'))).toBe(Object.getPrototypeOf(store));
});

test('a namespace that nothing is in is empty, and asking it writes nothing', async () => {
  const { store, backend } = open();
  const inside = store.namespace('a');

  expect(await inside.getMetadata('x')).toBeUndefined();
  expect(await idsOf(inside)).toEqual([]);
  expect(await inside.page()).toEqual({ artifacts: [], invalid: [] });
  expect(await refusal(inside.download('x'))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await dump(backend)).toEqual(new Map());
});
