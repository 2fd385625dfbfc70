import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { inChunks } from '../support/bodies.ts';
import { content, text } from '../support/content.ts';
import { assertAbsent, assertHolds, assertRefused, find, keysOf } from '../support/expect.ts';
import { twoHandles } from '../support/handles.ts';
import { assertNothingLeftOpen } from '../support/open-files.ts';

/** Handles on one storage, as several processes have them. */
export const handleRules: readonly Rule[] = [
  {
    title: 'what one handle wrote the other reads and lists at once',
    guarantee: 'I-12',
    async run(harness) {
      const [first, second] = await twoHandles(harness);
      for (let round = 0; round < 10; round += 1) {
        const [writer, reader] = round % 2 === 0 ? [first, second] : [second, first];
        const { version } = await writer.write('shared', content(70_000, round));
        await assertHolds(reader, 'shared', content(70_000, round));
        assert.equal((await find(reader, 'shared')).info.version, version);
        for await (const info of reader.list({ prefix: '' })) assert.equal(info.version, version);
        await writer.write('shared', inChunks(content(80_000, round), 9999));
        await assertHolds(reader, 'shared', content(80_000, round));
      }
    },
  },
  {
    title: 'a handle that found nothing sees what the other then wrote',
    guarantee: 'I-12',
    async run(harness) {
      const [writer, reader] = await twoHandles(harness);
      await assertAbsent(reader, 'later');
      await writer.write('later', text('later'));
      await assertHolds(reader, 'later', text('later'));
      assert.deepEqual(await keysOf(reader), ['later']);
      await writer.delete('later');
      await assertAbsent(reader, 'later');
    },
  },
  {
    title: 'a version that one handle gave is a condition for the other',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    async run(harness) {
      const [first, second] = await twoHandles(harness);
      const { version } = await first.write('shared', text('one'));
      await second.write('shared', text('two'), { condition: { version } });
      const stale = { condition: { version } };
      await assertRefused('PRECONDITION_FAILED', () => first.write('shared', text('three'), stale));
      await assertHolds(first, 'shared', text('two'));
    },
  },
  {
    title: 'a handle works on after the other was closed, and objects outlive it',
    guarantee: 'I-9',
    async run(harness) {
      const [first, second] = await twoHandles(harness);
      await first.write('outlives', content(100_000));
      await first.close();
      await assertHolds(second, 'outlives', content(100_000));
      await second.write('after', text('after'));
      assert.deepEqual(await keysOf(second), ['after', 'outlives']);
      await second.delete('after');
      const third = await harness.open();
      assert.deepEqual(await keysOf(third), ['outlives']);
      await assertHolds(third, 'outlives', content(100_000));
    },
  },
  {
    title: 'handles that were used and closed hold nothing',
    guarantee: 'I-25',
    since: '1.1',
    async run(harness) {
      const first = await harness.open();
      await first.write('used', text('used'));
      await assertNothingLeftOpen(async () => {
        for (let round = 0; round < 120; round += 1) {
          const backend = await harness.open();
          await assertHolds(backend, 'used', text('used'));
          await backend.close();
        }
      });
    },
  },
  {
    title: 'a backend may be closed more than once',
    async run(harness) {
      const unused = await harness.open();
      await unused.close();
      await unused.close();
      const used = await harness.open();
      await used.write('used', text('used'));
      await Promise.all([used.close(), used.close()]);
      await used.close();
    },
  },
];
