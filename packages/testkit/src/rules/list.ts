import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { text } from '../support/content.ts';
import { keysOf } from '../support/expect.ts';

// In byte order, which is neither the order of folders (`a/` before `a-b`) nor that of a dictionary.
const ordered = ['a', 'a-b', 'a.b', 'a/b', 'a/b-', 'a/b/c', 'a0', 'a=2f', 'a_', 'aa', 'b'];

/** The objects of a listing, in which order, and from where on. */
export const listRules: readonly Rule[] = [
  {
    title: 'an empty storage lists nothing',
    async run(harness) {
      const backend = await harness.open();
      assert.deepEqual(await keysOf(backend), []);
      assert.deepEqual(await keysOf(backend, { prefix: 'a' }), []);
      assert.deepEqual(await keysOf(backend, { prefix: 'a/', after: 'a/b' }), []);
    },
  },
  {
    title: 'a listing is in byte order of keys',
    async run(harness) {
      const backend = await harness.open();
      for (const key of ordered.toReversed()) await backend.write(key, text(key));
      assert.deepEqual(await keysOf(backend), ordered);
    },
  },
  {
    title: 'a listing goes on after any key, whether or not it exists',
    async run(harness) {
      const backend = await harness.open();
      for (const key of ordered) await backend.write(key, text(key));
      for (const after of [
        ...ordered,
        '-',
        '0',
        'a-',
        'a-a',
        'a/',
        'a/b.',
        'a/b/b',
        'a/c',
        'a1',
        'az',
        'b/b',
        'c',
        'zz/z',
      ]) {
        // What is not a key (`a/`) is a place between keys all the same.
        const expected = ordered.filter((key) => key > after);
        assert.deepEqual(await keysOf(backend, { after }), expected, `after "${after}"`);
      }
    },
  },
  {
    title: 'a listing in pages of one object gives every object in order',
    async run(harness) {
      const backend = await harness.open();
      for (const key of ordered) await backend.write(key, text(key));
      const keys: string[] = [];
      for (;;) {
        const before = keys.length;
        for await (const { key } of backend.list({ prefix: '', after: keys.at(-1) })) {
          keys.push(key);
          break;
        }
        if (keys.length === before) break;
        assert.ok(keys.length <= ordered.length, `the listing starts over: ${keys.join(' ')}`);
      }
      assert.deepEqual(keys, ordered);
    },
  },
  {
    title: 'a prefix is any start of a key and not a folder',
    async run(harness) {
      const backend = await harness.open();
      const all = [...ordered, 'a/b/c/d/e', 'dir/one', 'dir/two', 'dir.x'].toSorted();
      for (const key of all) await backend.write(key, text(key));
      const prefixes = [
        'a',
        'a-',
        'a/',
        'a/b',
        'a/b/',
        'a/b/c',
        'a/b/c/',
        'a=',
        'd',
        'dir',
        'dir/',
        'dir/t',
        'dir/two',
      ];
      for (const prefix of prefixes) {
        const expected = all.filter((key) => key.startsWith(prefix));
        assert.deepEqual(await keysOf(backend, { prefix }), expected, `prefix "${prefix}"`);
      }
    },
  },
  {
    title: 'a prefix that matches nothing lists nothing',
    async run(harness) {
      const backend = await harness.open();
      for (const key of ordered) await backend.write(key, text(key));
      for (const prefix of ['c', 'a/b/c/', 'a/bb', 'b/', 'aaa', '0', 'a/b/c/d/e/f/g']) {
        assert.deepEqual(await keysOf(backend, { prefix }), [], `prefix "${prefix}"`);
      }
    },
  },
  {
    title: 'a prefix and a start hold together',
    async run(harness) {
      const backend = await harness.open();
      for (const key of ordered) await backend.write(key, text(key));
      for (const prefix of ['a', 'a/', 'a/b', 'b']) {
        for (const after of ['-', 'a', 'a.b', 'a/b', 'a/b/c', 'a0', 'b', 'zz']) {
          const expected = ordered.filter((key) => key.startsWith(prefix) && key > after);
          assert.deepEqual(await keysOf(backend, { prefix, after }), expected, `prefix "${prefix}" after "${after}"`);
        }
      }
    },
  },
];
