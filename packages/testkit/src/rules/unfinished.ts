import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { failingAfter } from '../support/bodies.ts';
import { content, MiB, text } from '../support/content.ts';
import { assertAbsent, assertHolds, assertRejectsWith, find, keysOf } from '../support/expect.ts';
import { twoHandles } from '../support/handles.ts';
import { whileWriting } from '../support/while-writing.ts';

const hour = 3_600_000;

/** Clearing away what interrupted writes left behind. */
export const unfinishedRules: readonly Rule[] = [
  {
    title: 'discarding unfinished writes keeps every finished object',
    guarantee: 'I-22',
    async run(harness) {
      const backend = await harness.open();
      const objects = { small: content(10), empty: new Uint8Array(), 'large/one': content(6 * MiB) };
      for (const [key, bytes] of Object.entries(objects)) await backend.write(key, bytes);
      const { version } = (await find(backend, 'small')).info;
      await backend.discardUnfinished(new Date(Date.now() + hour));
      for (const [key, bytes] of Object.entries(objects)) await assertHolds(backend, key, bytes);
      assert.equal((await find(backend, 'small')).info.version, version);
      assert.deepEqual(await keysOf(backend), ['empty', 'large/one', 'small']);
    },
  },
  {
    title: 'discarding unfinished writes never harms a write in progress that began later',
    guarantee: 'I-22',
    async run(harness) {
      const [writer, sweeper] = await twoHandles(harness);
      for (const bytes of [content(1000), content(8 * MiB)]) {
        const before = new Date(Date.now() - hour);
        await whileWriting(writer, 'coming', bytes, () => sweeper.discardUnfinished(before));
        await assertHolds(sweeper, 'coming', bytes);
      }
    },
  },
  {
    title: 'discarding unfinished writes works on an empty storage, and twice',
    async run(harness) {
      const backend = await harness.open();
      await backend.discardUnfinished(new Date(0));
      await backend.discardUnfinished(new Date());
      await backend.discardUnfinished(new Date(Date.now() + hour));
      assert.deepEqual(await keysOf(backend), []);
    },
  },
  {
    title: 'after failed writes were discarded the previous object is there and writes work',
    guarantee: 'I-7',
    async run(harness) {
      const backend = await harness.open();
      const error = new Error('no more');
      await backend.write('kept', text('previous'));
      for (const key of ['kept', 'new']) {
        await assertRejectsWith(error, () => backend.write(key, failingAfter(content(7 * MiB), error)));
      }
      await backend.discardUnfinished(new Date(Date.now() + hour));
      await assertHolds(backend, 'kept', text('previous'));
      await assertAbsent(backend, 'new');
      await backend.write('new', text('new'));
      await assertHolds(backend, 'new', text('new'));
    },
  },
];
