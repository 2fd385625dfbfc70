import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { text } from '../support/content.ts';
import { keysOf } from '../support/expect.ts';
import { times, twoHandles } from '../support/handles.ts';
import { assertNothingLeftOpen } from '../support/open-files.ts';

const few = ['a', 'a/b', 'a/c', 'b'];

/** Listings that are long, left early, or run while objects come and go. */
export const listingRules: readonly Rule[] = [
  {
    title: 'a listing of 2,500 objects is complete and in order, from the start and from the middle',
    async run(harness) {
      const backend = await harness.open();
      const keys = Array.from({ length: 2500 }, (_, index) => `many/${index % 7}/${index}`).toSorted();
      await times(keys.length, (index) => backend.write(keys[index] ?? '', text('x')));
      assert.deepEqual(await keysOf(backend), keys);
      assert.deepEqual(
        await keysOf(backend, { prefix: 'many/3' }),
        keys.filter((key) => key.startsWith('many/3')),
      );
      for (const from of [0, 999, 1000, 1001, 2498, 2499]) {
        assert.deepEqual(await keysOf(backend, { after: keys[from] }), keys.slice(from + 1), `after the ${from}th`);
      }
    },
  },
  {
    title: 'what is there during the whole listing appears exactly once, whatever else comes and goes',
    guarantee: 'I-6',
    async run(harness) {
      const [lister, writer] = await twoHandles(harness);
      const key = (index: number) => `busy/${String(index).padStart(5, '0')}`;
      await times(1200, (index) => writer.write(key(index), text('old')));
      const seen: string[] = [];
      for await (const info of lister.list({ prefix: 'busy/' })) {
        const at = seen.push(info.key);
        if (at % 100 !== 1) continue;
        // Ahead of the listing and behind it: one replaced, one that goes, one that comes.
        await times(24, async (step) => {
          const place = step * 50;
          await writer.write(key(place), text(`new ${at}`));
          await writer.delete(key(place + 1));
          await writer.write(`${key(place + 2)}-${at}`, text('extra'));
        });
      }
      assert.deepEqual(seen, [...new Set(seen)].toSorted(), 'an object appears twice or out of order');
      const present = Array.from({ length: 1200 }, (_, index) => index).filter((index) => index % 50 !== 1);
      const missing = present.map(key).filter((name) => !seen.includes(name));
      assert.deepEqual(missing, [], 'objects that were there all the time');
    },
  },
  {
    title: 'an object replaced while it is listed is described as it was before or after',
    guarantee: 'I-6',
    async run(harness) {
      const [lister, writer] = await twoHandles(harness);
      const versions = new Map<string, number>();
      versions.set((await writer.write('busy', text('x'.repeat(1)))).version, 1);
      const replacing = (async () => {
        for (let size = 2; size < 60; size += 1)
          versions.set((await writer.write('busy', text('x'.repeat(size)))).version, size);
      })();
      const listed: { version: string; size: number }[] = [];
      for (let round = 0; round < 40; round += 1) {
        const before = listed.length;
        for await (const info of lister.list({ prefix: '' })) listed.push(info);
        assert.equal(listed.length, before + 1, 'the object was there all the time');
      }
      await replacing;
      for (const { version, size } of listed) assert.equal(size, versions.get(version), 'the size of another version');
    },
  },
  {
    title: 'a listing left early holds nothing and can be started again',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      for (const key of few) await backend.write(key, text(key));
      await assertNothingLeftOpen(async () => {
        for (let round = 0; round < 200; round += 1) {
          for await (const { key } of backend.list({ prefix: '' })) {
            assert.equal(key, few[0]);
            break;
          }
        }
      });
      assert.deepEqual(await keysOf(backend), few);
    },
  },
  {
    title: 'two listings at the same time do not disturb each other',
    async run(harness) {
      const backend = await harness.open();
      for (const key of few) await backend.write(key, text(key));
      const outer: string[] = [];
      for await (const { key } of backend.list({ prefix: '' })) {
        outer.push(key);
        assert.ok(outer.length <= few.length, `the listing does not end: ${outer.join(' ')}`);
        assert.deepEqual(await keysOf(backend, { prefix: 'a/' }), ['a/b', 'a/c']);
      }
      assert.deepEqual(outer, few);
    },
  },
];
