import assert from 'node:assert/strict';

import type { ArtifactStore } from '@artifacts/core';

import type { Harness } from '../harness.ts';
import type { Rule } from '../rule.ts';
import { assertRefused } from '../support/expect.ts';
import { openStore } from './stores.ts';

// Where plain text and keys differ in order: a capital is written "=" and two digits.
const ids = ['a-b', 'a.b', 'a/1', 'a/10', 'a/2', 'a/b/c', 'aA', 'aB', 'aa', 'b', 'Ä'];

/** Listings and pages. */
export const artifactListingRules: readonly Rule[] = [
  {
    title: 'a listing gives every artifact once, in the order of keys',
    async run(harness) {
      const store = await filled(harness);
      const listed: string[] = [];
      for await (const { id } of store.list()) listed.push(id);
      assert.deepEqual(listed, inKeyOrder(ids));
    },
  },
  {
    title: 'pages of any size add up to the whole listing',
    async run(harness) {
      const store = await filled(harness);
      for (const limit of [1, 2, ids.length - 1, ids.length, 100]) {
        const { found, pages } = await pagesOf(store, limit);
        assert.deepEqual(found, inKeyOrder(ids), `pages of ${limit}`);
        assert.equal(pages, Math.ceil(ids.length / limit), `pages of ${limit}`);
      }
    },
  },
  {
    title: 'a prefix is any start of an id, not a folder',
    async run(harness) {
      const store = await filled(harness);
      for (const prefix of ['', 'a', 'a/', 'a/1', 'aA', 'Ä', 'zz']) {
        const expected = inKeyOrder(ids.filter((id) => id.startsWith(prefix)));
        assert.deepEqual((await pagesOf(store, 2, prefix)).found, expected, `prefix "${prefix}"`);
      }
    },
  },
  {
    title: 'a cursor goes on where its page ended, whatever comes and goes meanwhile',
    async run(harness) {
      const store = await openStore(harness);
      for (const id of ['b', 'd', 'f']) await store.upload(id, id);
      const { artifacts, cursor } = await store.page({ limit: 2 });
      assert.deepEqual(
        artifacts.map(({ id }) => id),
        ['b', 'd'],
      );
      await store.delete('d');
      for (const id of ['a', 'e', 'g']) await store.upload(id, id);
      const rest = await store.page({ cursor });
      assert.deepEqual(
        rest.artifacts.map(({ id }) => id),
        ['e', 'f', 'g'],
      );
      assert.equal(rest.cursor, undefined);
    },
  },
  {
    title: 'a cursor that no page gave, and a limit that no page has, are refused',
    async run(harness) {
      const store = await openStore(harness);
      for (const id of ['a', 'b']) await store.upload(id, id);
      const { cursor } = await store.page({ limit: 1 });
      await assertRefused('INVALID_ARGUMENT', () => store.page({ cursor: 'made up' }));
      await assertRefused('INVALID_ARGUMENT', () => store.page({ cursor, prefix: 'b' }), 'a cursor of another prefix');
      for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
        await assertRefused('INVALID_ARGUMENT', () => store.page({ limit }), `limit ${limit}`);
      }
    },
  },
];

async function filled(harness: Harness): Promise<ArtifactStore> {
  const store = await openStore(harness);
  for (const id of ids) await store.upload(id, id);
  return store;
}

async function pagesOf(store: ArtifactStore, limit: number, prefix = ''): Promise<{ found: string[]; pages: number }> {
  const found: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await store.page({ prefix, limit, cursor });
    found.push(...page.artifacts.map(({ id }) => id));
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== undefined);
  return { found, pages };
}

/** The order of escaped ids: format, "Keys". */
function inKeyOrder(some: readonly string[]): string[] {
  const keyOf = (id: string) =>
    [...Buffer.from(id)]
      .map((byte) => String.fromCharCode(byte))
      .map((letter) => (/[a-z0-9._/-]/.test(letter) ? letter : `=${letter.charCodeAt(0).toString(16)}`))
      .join('');
  return some.toSorted((a, b) => Buffer.compare(Buffer.from(keyOf(a)), Buffer.from(keyOf(b))));
}
