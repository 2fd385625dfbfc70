import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { assertSameBytes, content, MiB, text } from '../support/content.ts';
import { collect, find, readBytes } from '../support/expect.ts';

const size = 3 * MiB + 100;

export const rangeRules: readonly Rule[] = [
  {
    title: 'a range gives exactly its bytes',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const bytes = content(size);
      await backend.write('ranged', bytes);
      const ranges = [
        [0, 1],
        [0, size],
        [1, 2],
        [size - 1, size],
        [65_535, 65_537],
        [MiB - 1, MiB + 1],
        [MiB, 2 * MiB],
        [12_345, 2 * MiB + 777],
      ] as const;
      for (const [start, end] of ranges) {
        const { info, body } = await find(backend, 'ranged', { range: { start, end } });
        assert.equal(info.size, size, 'info.size is the whole size');
        assertSameBytes(await collect(body), bytes.subarray(start, end), `[${start}, ${end})`);
      }
    },
  },
  {
    title: 'a range that ends past the object ends with it',
    async run(harness) {
      const backend = await harness.open();
      const bytes = content(1000);
      await backend.write('ranged', bytes);
      for (const [start, end] of [
        [0, 1001],
        [999, 5000],
        [10, Number.MAX_SAFE_INTEGER],
      ] as const) {
        const { info, body } = await find(backend, 'ranged', { range: { start, end } });
        assert.equal(info.size, 1000);
        assertSameBytes(await collect(body), bytes.subarray(start), `[${start}, ${end})`);
      }
    },
  },
  {
    title: 'a range that starts past the object is empty',
    async run(harness) {
      const backend = await harness.open();
      for (const bytes of [text('four'), new Uint8Array()]) {
        await backend.write('ranged', bytes);
        for (const start of [bytes.length, bytes.length + 1, 10 * MiB]) {
          const { info, body } = await find(backend, 'ranged', { range: { start, end: start + 10 } });
          assert.equal(info.size, bytes.length);
          assert.equal((await collect(body)).length, 0, `from ${start} of ${bytes.length}`);
        }
      }
    },
  },
  {
    title: 'a range of no bytes is empty',
    async run(harness) {
      const backend = await harness.open();
      for (const bytes of [content(1000), new Uint8Array()]) {
        await backend.write('ranged', bytes);
        for (const at of [0, 1, 999, 1000, 1001]) {
          const { info, body } = await find(backend, 'ranged', { range: { start: at, end: at } });
          assert.equal(info.size, bytes.length);
          assert.equal((await collect(body)).length, 0, `at ${at} of ${bytes.length}`);
        }
      }
    },
  },
  {
    title: 'a range of an absent object is absent',
    async run(harness) {
      const backend = await harness.open();
      assert.equal((await backend.read('never', { range: { start: 0, end: 1 } })).status, 'absent');
      assert.equal((await backend.read('never', { range: { start: 5, end: 5 } })).status, 'absent');
    },
  },
  {
    title: 'a range describes the same object as a whole read',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('ranged', content(1000));
      for (const range of [
        { start: 1, end: 2 },
        { start: 5, end: 5 },
        { start: 2000, end: 3000 },
      ]) {
        const { info } = await find(backend, 'ranged', { range });
        assert.equal(info.key, 'ranged');
        assert.equal(info.version, version);
      }
      const parts = await Promise.all(
        [0, 250, 500, 750].map((start) => readBytes(backend, 'ranged', { range: { start, end: start + 250 } })),
      );
      assertSameBytes(Buffer.concat(parts), content(1000));
    },
  },
];
