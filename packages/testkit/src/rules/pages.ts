import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { text } from '../support/content.ts';
import { keysOf } from '../support/expect.ts';

// At every border between two pages of one something else goes wrong: a key that is a folder, a start of the next, or sorts before `/`.
const keys = ['a-b', 'a.b', 'a/b', 'a/b-', 'a/b/c', 'a0', 'b', 'b/a'];

/** Listings of a medium that gives its objects in pages. */
export const pageRules: readonly Rule[] = [
  {
    title: 'a listing that gets one or two objects at a time from the medium is whole and in byte order',
    since: '1.1',
    needs: 'openPaged',
    async run(harness) {
      const backend = await harness.open();
      for (const key of keys.toReversed()) await backend.write(key, text(key));
      for (const objects of [1, 2, 3, keys.length]) {
        const paged = await harness.openPaged?.(objects);
        assert.ok(paged !== undefined, 'the harness gives no handle that lists in pages');
        assert.deepEqual(await keysOf(paged), keys, `pages of ${objects}`);
        assert.deepEqual(await keysOf(paged, { prefix: 'a/' }), ['a/b', 'a/b-', 'a/b/c'], `pages of ${objects}`);
        assert.deepEqual(await keysOf(paged, { prefix: 'a', after: 'a/b' }), ['a/b-', 'a/b/c', 'a0']);
      }
    },
  },
];
