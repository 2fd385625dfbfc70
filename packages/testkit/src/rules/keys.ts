import assert from 'node:assert/strict';

import type { Harness } from '../harness.ts';
import type { Rule } from '../rule.ts';
import { inChunks } from '../support/bodies.ts';
import { text } from '../support/content.ts';
import { assertAbsent, assertHolds, assertRefused, keysOf } from '../support/expect.ts';
import { times } from '../support/handles.ts';
import { invalidKeys, oddKeys, ofLength } from '../support/odd-keys.ts';
import { WatchedBody } from '../support/watched.ts';

/** Which keys are keys, and that different keys are different objects. */
export const keyRules: readonly Rule[] = [
  {
    title: 'odd but valid keys are different objects, each listed as it was written',
    guarantee: 'I-20',
    async run(harness) {
      await assertDistinct(harness, oddKeys);
    },
  },
  {
    title: 'keys up to the longest, of any segment length and depth, are different objects',
    guarantee: 'I-20',
    async run(harness) {
      const { maxKeyBytes = 1024 } = harness;
      const segments = [100, 127, 128, 199, 200, 201, 254, 255, 256, 257, 511, 512, 600, 800];
      const levels = Math.floor((maxKeyBytes - 1) / 2);
      await assertDistinct(harness, [
        ...segments.flatMap((length) => [ofLength(length), `${ofLength(length - 1)}y`, `y${ofLength(length - 1)}`]),
        ...segments.slice(0, 11).map((length) => `${ofLength(length)}/${ofLength(300)}`),
        ...[maxKeyBytes - 1, maxKeyBytes].flatMap((length) => [ofLength(length), `${ofLength(length - 1)}y`]),
        `${'a/'.repeat(levels)}a`,
        `${'a/'.repeat(levels)}b`,
        'a/'.repeat(50).slice(0, -1),
        `${`${ofLength(60)}/`.repeat(10)}end`,
      ]);
    },
  },
  {
    title: 'an object and objects below its key exist side by side',
    guarantee: 'I-20',
    async run(harness) {
      const backend = await harness.open();
      for (const keys of [
        ['a', 'a/b', 'a/b/c'],
        ['z/y/x', 'z/y', 'z'],
      ]) {
        for (const key of keys) await backend.write(key, text(key));
        for (const key of keys) await assertHolds(backend, key, text(key));
      }
      assert.deepEqual(await keysOf(backend), ['a', 'a/b', 'a/b/c', 'z', 'z/y', 'z/y/x']);
      await backend.delete('a');
      await backend.delete('z/y/x');
      await assertAbsent(backend, 'a');
      for (const key of ['a/b', 'a/b/c', 'z', 'z/y']) await assertHolds(backend, key, text(key));
      await backend.write('a', text('again'));
      await backend.delete('a/b');
      assert.deepEqual(await keysOf(backend), ['a', 'a/b/c', 'z', 'z/y']);
    },
  },
  {
    title: 'what core would not make a key of is refused by every method and stores nothing',
    guarantee: 'I-20',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('a', text('a'));
      for (const key of invalidKeys) {
        const what = `key ${JSON.stringify(key).slice(0, 40)}`;
        await assertRefused('INVALID_ARGUMENT', () => backend.read(key), what);
        await assertRefused('INVALID_ARGUMENT', () => backend.write(key, text('x')), what);
        await assertRefused('INVALID_ARGUMENT', () => backend.delete(key), what);
      }
      assert.deepEqual(await keysOf(backend), ['a']);
      await assertHolds(backend, 'a', text('a'));
    },
  },
  {
    title: 'a write to what is no key is refused before its body is opened',
    async run(harness) {
      const backend = await harness.open();
      for (const key of ['../a', 'A', '']) {
        const body = new WatchedBody(inChunks(text('x'), 1));
        await assertRefused('INVALID_ARGUMENT', () => backend.write(key, body));
        assert.equal(body.opened, 0, 'how often the body was opened');
      }
    },
  },
  {
    title: 'a prefix that no key can have leads nowhere',
    guarantee: 'I-20',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('a/b', text('b'));
      for (const prefix of ['..', '../', '../../', '/', 'a/../', 'a//', 'A', './', 'a/b/', 'a\0', '/etc/']) {
        const listed = await Promise.allSettled([keysOf(backend, { prefix })]);
        for (const outcome of listed) if (outcome.status === 'fulfilled') assert.deepEqual(outcome.value, [], prefix);
      }
    },
  },
];

async function assertDistinct(harness: Harness, keys: readonly string[]): Promise<void> {
  const backend = await harness.open();
  const { maxKeyBytes = 1024 } = harness;
  const fitting = [...new Set(keys)].filter((key) => key.length <= maxKeyBytes).toSorted();
  await times(fitting.length, async (index) => {
    const key = fitting[index] ?? '';
    await backend.write(key, text(`of ${key}`));
  });
  for (const key of fitting) await assertHolds(backend, key, text(`of ${key}`));
  assert.deepEqual(await keysOf(backend), fitting);
  const removed = fitting.filter((_, index) => index % 2 === 0);
  for (const key of removed) await backend.delete(key);
  assert.deepEqual(
    await keysOf(backend),
    fitting.filter((_, index) => index % 2 === 1),
  );
}
