import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { inChunks } from '../support/bodies.ts';
import { assertSameBytes, content, MiB } from '../support/content.ts';
import { inlineBytes, openStore, start } from './stores.ts';

const sizes = [0, 1, inlineBytes - 1, inlineBytes, inlineBytes + 1, MiB - 1, MiB, MiB + 1, 3 * MiB + 5];

/** What is stored comes back. */
export const roundTripRules: readonly Rule[] = [
  {
    title: 'content of every length around the inline limit and the chunk borders comes back whole',
    guarantee: 'I-1',
    async run(harness) {
      const store = await openStore(harness);
      for (const size of sizes) {
        const bytes = content(size, size + 1);
        const stored = await store.upload(`size/${size}`, bytes);
        assert.equal(stored.sizeBytes, size);
        const download = await store.download(`size/${size}`);
        assert.deepEqual(download.metadata, stored);
        assertSameBytes(await download.bytes(), bytes, `${size} bytes`);
      }
    },
  },
  {
    title: 'content of unknown length in odd pieces comes back whole',
    guarantee: 'I-1',
    async run(harness) {
      const store = await openStore(harness);
      for (const [size, piece] of [
        [100, 7],
        [inlineBytes + 1, 999],
        [2 * MiB + 3, 300_001],
      ] as const) {
        const bytes = content(size);
        await store.upload('streamed', inChunks(bytes, piece));
        assertSameBytes(await (await store.download('streamed')).bytes(), bytes, `${size} bytes`);
      }
    },
  },
  {
    title: 'one download can be read more than once, whole and in slices',
    guarantee: 'I-1',
    async run(harness) {
      const store = await openStore(harness);
      const bytes = content(MiB + 10);
      await store.upload('again', bytes);
      const download = await store.download('again');
      assertSameBytes(await download.bytes(), bytes);
      assertSameBytes(await download.slice({ start: MiB - 1, end: MiB + 1 }).bytes(), bytes.slice(MiB - 1, MiB + 1));
      const chunks: Uint8Array[] = [];
      for await (const chunk of download) chunks.push(chunk);
      assertSameBytes(Buffer.concat(chunks), bytes);
    },
  },
  {
    title: 'what was said of an artifact comes back with it',
    guarantee: 'I-2',
    async run(harness) {
      const store = await openStore(harness);
      const given = {
        name: 'Größe 漢字.tgz',
        contentType: 'text/plain; charset=utf-8',
        metadata: { list: [1, null, { deep: true }], text: '\u{1f600}' },
      };
      const stored = await store.upload('Build/42/ÄÖ.tgz', 'text', { ...given, expiresAt: start + 5000 });
      const found = await store.getMetadata('Build/42/ÄÖ.tgz');
      assert.deepEqual(found, stored);
      const { name, contentType, metadata } = stored;
      assert.deepEqual({ name, contentType, metadata }, given);
      assert.equal(found?.expiresAt?.getTime(), start + 5000);
      assert.equal(found.createdAt.getTime(), start);
    },
  },
  {
    title: 'ids that are alike are apart',
    guarantee: 'I-20',
    async run(harness) {
      const store = await openStore(harness);
      const ids = ['a', 'A', 'a/b', 'a.b', 'a=b', 'a b', 'ä', 'Ä', 'a-b', 'a%2fb', 'con', 'a:b', 'a~1', 'records/a'];
      for (const id of ids) await store.upload(id, `content of ${id}`);
      for (const id of ids) assert.equal(await (await store.download(id)).text(), `content of ${id}`);
      assert.equal((await store.page()).artifacts.length, ids.length);
    },
  },
];
