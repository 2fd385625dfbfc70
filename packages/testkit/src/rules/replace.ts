import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { inChunks } from '../support/bodies.ts';
import { content, MiB, text } from '../support/content.ts';
import { assertAbsent, assertHolds, find, keysOf } from '../support/expect.ts';
import { twoHandles } from '../support/handles.ts';
import { whileWriting } from '../support/while-writing.ts';

/** A write replaces the whole object, in one step. */
export const replaceRules: readonly Rule[] = [
  {
    title: 'a second write replaces the whole object',
    async run(harness) {
      const backend = await harness.open();
      for (const size of [5, 2 * MiB, 3, 0, 70_000, 1]) {
        const { version } = await backend.write('same', content(size, size));
        await assertHolds(backend, 'same', content(size, size));
        assert.equal((await find(backend, 'same')).info.version, version);
        assert.deepEqual(await keysOf(backend), ['same']);
      }
    },
  },
  {
    title: 'what is written as retained is replaced and deleted like anything else',
    since: '1.1',
    async run(harness) {
      const backend = await harness.open();
      // Retention is the store's: a backend that refused these would be in its way.
      const retainUntil = new Date(4_000_000_000_000);
      await backend.write('kept', text('one'), { retainUntil });
      await backend.write('kept', inChunks(text('twothree'), 3), { retainUntil });
      await assertHolds(backend, 'kept', text('twothree'));
      await backend.write('kept', text('four'));
      await assertHolds(backend, 'kept', text('four'));
      await backend.write('kept', text('five'), { retainUntil });
      await backend.delete('kept');
      await assertAbsent(backend, 'kept');
    },
  },
  {
    title: 'writing and deleting one object leaves the others alone',
    async run(harness) {
      const backend = await harness.open();
      const others = ['a', 'a.b', 'a/b', 'a/b/c', 'b'];
      for (const key of others) await backend.write(key, text(key));
      await backend.write('a/b', text('new'));
      await backend.delete('a/b');
      await assertAbsent(backend, 'a/b');
      for (const key of others.filter((other) => other !== 'a/b')) await assertHolds(backend, key, text(key));
    },
  },
  {
    title: 'until a write resolves readers see no object where there was none',
    guarantee: 'I-6',
    async run(harness) {
      const [writer, reader] = await twoHandles(harness);
      const bytes = content(7 * MiB);
      await whileWriting(writer, 'coming', bytes, async () => {
        await assertAbsent(reader, 'coming');
        assert.deepEqual(await keysOf(reader), []);
      });
      await assertHolds(reader, 'coming', bytes);
    },
  },
  {
    title: 'until a write resolves readers see the previous object',
    guarantee: 'I-6',
    async run(harness) {
      const [writer, reader] = await twoHandles(harness);
      const old = text('previous');
      const { version } = await writer.write('replaced', old);
      const bytes = content(7 * MiB);
      await whileWriting(writer, 'replaced', bytes, async () => {
        await assertHolds(reader, 'replaced', old);
        assert.equal((await find(reader, 'replaced')).info.version, version);
        for await (const info of reader.list({ prefix: '' })) assert.equal(info.size, old.length);
      });
      await assertHolds(reader, 'replaced', bytes);
    },
  },
];
