import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { inChunks } from '../support/bodies.ts';
import { assertSameBytes, content, MiB, text } from '../support/content.ts';
import { assertHolds, collect, find, readBytes } from '../support/expect.ts';

const sizes = [0, 1, 2, 65_535, 65_536, 65_537, MiB - 1, MiB, MiB + 1, 9 * MiB + 3];

/** What goes in comes out. */
export const bytesRules: readonly Rule[] = [
  {
    title: 'bytes of any size come back as they were written',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      for (const size of sizes) {
        const bytes = content(size, size + 1);
        const written = await backend.write(`bytes/${size}`, bytes);
        assert.equal(written.key, `bytes/${size}`);
        assert.equal(written.size, size);
        await assertHolds(backend, `bytes/${size}`, bytes);
      }
    },
  },
  {
    title: 'a stream in chunks of any size comes back as it was written',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const shapes = sizes.map((size) => ({ size, chunkSize: 65_536 }));
      shapes.push(
        { size: 1000, chunkSize: 7 },
        { size: 65_537, chunkSize: 4093 },
        { size: MiB + 1, chunkSize: MiB },
        { size: 3 * MiB + 11, chunkSize: 333_333 },
        { size: 9 * MiB + 1, chunkSize: 10 * MiB },
        { size: 17 * MiB + 5, chunkSize: 5 * MiB + 1 },
      );
      for (const { size, chunkSize } of shapes) {
        const key = `stream/${size}.${chunkSize}`;
        const bytes = content(size, chunkSize);
        const written = await backend.write(key, inChunks(bytes, chunkSize));
        assert.equal(written.key, key);
        assert.equal(written.size, size);
        await assertHolds(backend, key, bytes);
      }
    },
  },
  {
    title: 'a stream that ends where a part of 5, 8 or 16 MiB ends, or a byte beside, comes back whole',
    guarantee: 'I-1',
    since: '1.1',
    async run(harness) {
      const backend = await harness.open();
      for (const border of [5 * MiB, 8 * MiB, 16 * MiB]) {
        for (const size of [border - 1, border, border + 1]) {
          const written = await backend.write('bordering', inChunks(content(size, 3), MiB));
          assert.equal(written.size, size);
          await assertHolds(backend, 'bordering', content(size, 3));
        }
      }
    },
  },
  {
    title: 'empty chunks in a stream are neither its end nor bytes',
    async run(harness) {
      const backend = await harness.open();
      const nothing = () => new Uint8Array();
      const chunks = [nothing(), text('one'), nothing(), nothing(), text('two'), nothing()];
      const written = await backend.write('gaps', toStream(chunks));
      assert.equal(written.size, 6);
      await assertHolds(backend, 'gaps', text('onetwo'));
      assert.equal((await backend.write('nothing', toStream([nothing(), nothing()]))).size, 0);
      await assertHolds(backend, 'nothing', nothing());
    },
  },
  {
    title: 'a declared size or an upper bound changes nothing of what is stored',
    async run(harness) {
      const backend = await harness.open();
      for (const size of [0, 1, MiB + 1, 6 * MiB]) {
        const bytes = content(size, 7);
        for (const options of [{ size }, { maxSize: size }, { maxSize: size + 1000 }, { size, maxSize: 100 * MiB }]) {
          await backend.write('declared', inChunks(bytes, 65_536), options);
          await assertHolds(backend, 'declared', bytes);
        }
        await backend.write('declared', bytes, { size });
        await assertHolds(backend, 'declared', bytes);
      }
    },
  },
  {
    title: 'no byte is interpreted',
    async run(harness) {
      const backend = await harness.open();
      const bodies = [
        Uint8Array.from({ length: 512 }, (_, index) => index),
        Uint8Array.of(0xef, 0xbb, 0xbf, 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x1a, 0x0a),
        Uint8Array.of(0xff, 0xfe, 0xed, 0xa0, 0x80, 0xc0, 0x80),
        text('5;chunk-signature=0\r\nhello\r\n0\r\n\r\n'),
        new Uint8Array(70_000),
      ];
      for (const bytes of bodies) {
        await backend.write('raw', bytes);
        await assertHolds(backend, 'raw', bytes);
        await backend.write('raw', inChunks(bytes, 3));
        await assertHolds(backend, 'raw', bytes);
      }
    },
  },
  {
    title: 'iterating a body gives as many bytes as its object has, in chunks that are Uint8Arrays',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('body', content(2 * MiB + 1));
      const { info, body } = await find(backend, 'body');
      let size = 0;
      for await (const chunk of body) {
        assert.ok(chunk instanceof Uint8Array, 'a chunk is not a Uint8Array');
        size += chunk.length;
      }
      assert.equal(size, info.size);
    },
  },
  {
    title: 'many objects are read at the same time without mixing',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const indices = Array.from({ length: 12 }, (_, index) => index);
      await Promise.all(indices.map((index) => backend.write(`many/${index}`, content(300_000 + index, index))));
      await Promise.all(indices.map((index) => assertHolds(backend, `many/${index}`, content(300_000 + index, index))));
      const one = await Promise.all(indices.map(() => find(backend, 'many/3')));
      const bodies = await Promise.all(one.map(({ body }) => collect(body)));
      for (const bytes of bodies) assertSameBytes(bytes, content(300_003, 3));
      assertSameBytes(await readBytes(backend, 'many/3'), content(300_003, 3));
    },
  },
];

async function* toStream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
