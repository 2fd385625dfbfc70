import assert from 'node:assert/strict';

import { ArtifactError } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { failingAfter, inChunks } from '../support/bodies.ts';
import { content, MiB, text } from '../support/content.ts';
import { assertAbsent, assertHolds, assertRefused, assertRejectsWith, find, keysOf } from '../support/expect.ts';
import { WatchedBody } from '../support/watched.ts';

/** A write that fails changes nothing. */
export const failureRules: readonly Rule[] = [
  {
    title: 'a body that throws makes the write reject with that very error',
    async run(harness) {
      const backend = await harness.open();
      const errors = [new Error('no more'), new ArtifactError('TOO_LARGE', 'over the limit'), 'only text', undefined];
      for (const error of errors) {
        for (const size of [0, 1, 100_000, 250_000, 7 * MiB]) {
          const what = `a write whose body throws after ${size} bytes`;
          await assertRejectsWith(error, () => backend.write('thrown', failingAfter(content(size), error)), what);
        }
      }
    },
  },
  {
    title: 'a body that cannot be opened makes the write reject with that very error',
    async run(harness) {
      const backend = await harness.open();
      const error = new Error('cannot be opened');
      const body: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]() {
          throw error;
        },
      };
      await assertRejectsWith(error, () => backend.write('unopened', body));
      await assertAbsent(backend, 'unopened');
    },
  },
  {
    title: 'a body that throws leaves nothing visible',
    guarantee: 'I-7',
    async run(harness) {
      const backend = await harness.open();
      for (const size of [0, 1, 250_000, 7 * MiB]) {
        const error = new Error('no more');
        await assertRejectsWith(error, () => backend.write('failed', failingAfter(content(size), error)));
        await assertRejectsWith(error, () => backend.write('failed', failingAfter(content(size), error), { size }));
        await assertAbsent(backend, 'failed');
      }
      assert.deepEqual(await keysOf(backend), []);
    },
  },
  {
    title: 'a body that throws leaves the previous object as it was',
    guarantee: 'I-7',
    async run(harness) {
      const backend = await harness.open();
      const previous = content(300_000);
      const { version } = await backend.write('kept', previous);
      for (const size of [0, 1, 250_000, 7 * MiB]) {
        const error = new Error('no more');
        await assertRejectsWith(error, () => backend.write('kept', failingAfter(content(size, 2), error)));
        await assertHolds(backend, 'kept', previous);
        assert.equal((await find(backend, 'kept')).info.version, version);
      }
    },
  },
  {
    title: 'a body of another length than declared is refused and nothing is stored',
    guarantee: 'I-7',
    async run(harness) {
      const backend = await harness.open();
      const previous = text('previous');
      await backend.write('present', previous);
      for (const [actual, size] of [
        [0, 1],
        [1, 0],
        [10, 9],
        [10, 11],
        [MiB, MiB - 1],
        [7 * MiB, 7 * MiB + 1],
      ] as const) {
        const bytes = content(actual);
        for (const key of ['present', 'missing']) {
          const what = `${actual} bytes declared as ${size}`;
          await assertRefused('INVALID_ARGUMENT', () => backend.write(key, bytes, { size }), what);
          await assertRefused('INVALID_ARGUMENT', () => backend.write(key, inChunks(bytes, 65_536), { size }), what);
        }
        await assertHolds(backend, 'present', previous);
        await assertAbsent(backend, 'missing');
      }
    },
  },
  {
    title: 'a body is closed when the write ends before it',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      const body = new WatchedBody(inChunks(content(4 * MiB), 65_536));
      await assertRefused('INVALID_ARGUMENT', () => backend.write('early', body, { size: 100_000 }));
      assert.ok(body.opened === 0 || body.finished, 'the body was opened and neither read to its end nor closed');
    },
  },
  {
    title: 'a body is iterated once, one chunk at a time',
    async run(harness) {
      const backend = await harness.open();
      for (const size of [0, 10, 7 * MiB]) {
        const body = new WatchedBody(inChunks(content(size), 65_536));
        await backend.write('watched', body);
        assert.equal(body.opened, 1, 'how often the body was opened');
        assert.equal(body.overlapping, 0, 'chunks asked for before the one before had come');
        assert.ok(body.finished, 'the body was not read to its end');
        await assertHolds(backend, 'watched', content(size));
      }
    },
  },
  {
    title: 'after a failed write the same key can be written',
    async run(harness) {
      const backend = await harness.open();
      const error = new Error('no more');
      await assertRejectsWith(error, () => backend.write('again', failingAfter(content(250_000), error)));
      await backend.write('again', inChunks(content(250_000), 65_536));
      await assertHolds(backend, 'again', content(250_000));
    },
  },
];
