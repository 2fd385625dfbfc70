import type { Rule } from '../rule.ts';
import { content, MiB, text } from '../support/content.ts';
import { assertAbsent, assertHolds, assertRefused, find } from '../support/expect.ts';
import { twoHandles } from '../support/handles.ts';

const bytes = text('deleted');

export const deleteRules: readonly Rule[] = [
  {
    title: 'a deleted object is absent for reads and listings on every handle',
    guarantee: 'I-12',
    async run(harness) {
      const [first, second] = await twoHandles(harness);
      for (const size of [0, 10, 7 * MiB]) {
        await first.write('gone', content(size));
        await second.delete('gone');
        await assertAbsent(first, 'gone');
        await assertAbsent(second, 'gone');
      }
    },
  },
  {
    title: 'deleting an absent object is no error, however often',
    guarantee: 'I-16',
    async run(harness) {
      const backend = await harness.open();
      await backend.delete('never');
      await backend.delete('never/there/either');
      await backend.write('gone', bytes);
      await backend.delete('gone');
      await backend.delete('gone');
      await assertAbsent(backend, 'gone');
    },
  },
  {
    title: 'a deleted object can be written again',
    async run(harness) {
      const backend = await harness.open();
      for (const value of ['one', 'two']) {
        await backend.write('again', text(value));
        await assertHolds(backend, 'again', text(value));
        await backend.delete('again');
        await assertAbsent(backend, 'again');
      }
    },
  },
  {
    title: 'a delete with the present version deletes',
    requires: 'conditionalDelete',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('gone', bytes);
      await backend.delete('gone', { condition: { version } });
      await assertAbsent(backend, 'gone');
      await backend.write('gone', bytes);
      const { info } = await find(backend, 'gone');
      await backend.delete('gone', { condition: { version: info.version } });
      await assertAbsent(backend, 'gone');
    },
  },
  {
    title: 'a delete with another version is refused and deletes nothing',
    requires: 'conditionalDelete',
    async run(harness) {
      const backend = await harness.open();
      const stale = await backend.write('kept', text('stale'));
      await backend.write('kept', bytes);
      for (const version of [stale.version, 'no-such-version']) {
        await assertRefused('PRECONDITION_FAILED', () => backend.delete('kept', { condition: { version } }), version);
      }
      await assertHolds(backend, 'kept', bytes);
    },
  },
  {
    title: 'a delete with a version of an absent object is no error',
    guarantee: 'I-16',
    requires: 'conditionalDelete',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('gone', bytes);
      await backend.delete('gone', { condition: { version } });
      await backend.delete('gone', { condition: { version } });
      await backend.delete('never', { condition: { version } });
      await assertAbsent(backend, 'gone');
    },
  },
];
