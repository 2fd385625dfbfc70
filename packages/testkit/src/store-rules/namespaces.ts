import assert from 'node:assert/strict';

import type { ArtifactBackend, ArtifactStore } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { assertSameBytes, content } from '../support/content.ts';
import { assertRefused, keysOf } from '../support/expect.ts';
import { objectAt } from './objects.ts';
import { inlineBytes, openStore, storeOn } from './stores.ts';

/** The root store and two of its namespaces, each with what stands before its keys. */
interface Place {
  readonly store: ArtifactStore;
  readonly prefix: string;
}

/** Tenants on one storage are apart, whoever can write to it. */
export const namespaceRules: readonly Rule[] = [
  {
    title: 'a record that is moved to another namespace, out of one or into one is refused',
    guarantee: 'I-3',
    async run(harness) {
      const backend = await harness.open();
      const places = placesOn(backend);
      for (const [from, to] of moves(places)) {
        for (const size of [5, inlineBytes + 5]) {
          const id = `moved/${places.indexOf(from)}-${places.indexOf(to)}/${size}`;
          await from.store.upload(id, content(size));
          await to.store.upload(id, content(size, 2));
          await copyObjects(backend, `${from.prefix}content/`, `${to.prefix}content/`);
          await copyObjects(backend, `${from.prefix}records/${id}`, `${to.prefix}records/${id}`);
          await assertRefused('INTEGRITY', () => to.store.getMetadata(id), `getMetadata of ${id}`);
          await assertRefused('INTEGRITY', () => to.store.download(id), `download of ${id}`);
          await assertRefused('INTEGRITY', () => to.store.upload(id, 'over it'), `upload over ${id}`);
          await assertRefused('INTEGRITY', () => to.store.delete(id), `delete of ${id}`);
          const { artifacts, invalid } = await to.store.page({ prefix: id });
          assert.deepEqual([artifacts.length, invalid.map((entry) => entry.id)], [0, [id]]);
          assertSameBytes(await (await from.store.download(id)).bytes(), content(size), id);
        }
      }
    },
  },
  {
    title: 'content that is moved to another namespace, out of one or into one is never handed out',
    guarantee: 'I-3',
    async run(harness) {
      const backend = await harness.open();
      const places = placesOn(backend);
      const size = inlineBytes + 5;
      for (const [index, { store }] of places.entries()) await store.upload('doc', content(size, index + 1));
      const objects = await Promise.all(
        places.map(async ({ prefix }) => {
          const [key = ''] = await keysOf(backend, { prefix: `${prefix}content/` });
          return { key, bytes: await objectAt(backend, key) };
        }),
      );
      for (const [index, { key }] of objects.entries()) {
        await backend.write(key, objects[(index + 1) % objects.length]?.bytes ?? new Uint8Array());
      }
      for (const { store, prefix } of places) {
        await assertRefused('INTEGRITY', async () => (await store.download('doc')).bytes(), `content of "${prefix}"`);
      }
    },
  },
  {
    title: 'what is done in one namespace is seen in no other: uploads, listings, pages and deletes',
    async run(harness) {
      const backend = await harness.open();
      const places = placesOn(backend);
      const ids = ['a', 'b', 'c', 'ns/tenant-b/records/a'];
      for (const [index, { store, prefix }] of places.entries()) {
        for (const id of ids) await store.upload(id, content(id === 'a' ? inlineBytes + 5 : 5, index + 1));
        assert.deepEqual(await listed(store), ids, `listing of "${prefix}"`);
      }
      for (const [index, { store, prefix }] of places.entries()) {
        const { artifacts, cursor } = await store.page({ limit: 2 });
        const rest = await store.page({ cursor });
        assert.deepEqual(
          [...artifacts, ...rest.artifacts].map(({ id }) => id),
          ids,
        );
        assertSameBytes(await (await store.download('a')).bytes(), content(inlineBytes + 5, index + 1), prefix);
        assert.equal(await store.delete('a'), true);
        for (const other of places.slice(index + 1)) assert.deepEqual(await listed(other.store), ids);
        assert.deepEqual(await listed(store), ids.slice(1), `listing of "${prefix}" after a delete`);
      }
    },
  },
  {
    title: 'namespaces with names that are alike are apart',
    guarantee: 'I-20',
    async run(harness) {
      const root = await openStore(harness);
      const names = ['a', 'A', 'a=41', '=41', 'a.b', 'a b', 'ä', 'Ä', '...', 'con', 'x'.repeat(64)];
      for (const name of names) await root.namespace(name).upload('doc', `of ${name}`);
      for (const name of names) {
        const store = root.namespace(name);
        assert.equal(await (await store.download('doc')).text(), `of ${name}`);
        assert.deepEqual(await listed(store), ['doc'], `listing of "${name}"`);
      }
      assert.deepEqual(await listed(root), []);
    },
  },
];

function placesOn(backend: ArtifactBackend): readonly Place[] {
  const root = storeOn(backend);
  const names = ['tenant-a', 'tenant-b'];
  return [
    { store: root, prefix: '' },
    ...names.map((name) => ({ store: root.namespace(name), prefix: `ns/${name}/` })),
  ];
}

function moves(places: readonly Place[]): readonly (readonly [from: Place, to: Place])[] {
  return places.flatMap((from) => places.filter((to) => to !== from).map((to) => [from, to] as const));
}

async function copyObjects(backend: ArtifactBackend, from: string, to: string): Promise<void> {
  for (const key of await keysOf(backend, { prefix: from })) {
    await backend.write(to + key.slice(from.length), await objectAt(backend, key));
  }
}

async function listed(store: ArtifactStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.list()) ids.push(id);
  return ids;
}
