import assert from 'node:assert/strict';

import { isArtifactError } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { assertSameBytes, content, MiB } from '../support/content.ts';
import { rejection } from '../support/expect.ts';
import { objectAt, contentKeys, withFlippedBit } from './objects.ts';
import { openStore, storeOn } from './stores.ts';

/** Parts of artifacts. */
export const rangeOfArtifactRules: readonly Rule[] = [
  {
    title: 'a range gives exactly its bytes, inline and across chunks',
    guarantee: 'I-1',
    async run(harness) {
      const store = await openStore(harness);
      for (const size of [1000, 2 * MiB + 7]) {
        const bytes = content(size);
        await store.upload('ranged', bytes);
        const borders = [0, 1, 500, 999, size - 1, size, ...(size > MiB ? [MiB - 1, MiB, MiB + 1, 2 * MiB] : [])];
        for (const from of borders) {
          for (const to of borders) {
            if (from > to || from >= size) continue;
            const part = await store.download('ranged', { range: { start: from, end: to } });
            assertSameBytes(await part.bytes(), bytes.slice(from, to), `[${from}, ${to})`);
          }
        }
      }
    },
  },
  {
    title: 'a range is clipped to the size, and the last bytes can be asked for',
    async run(harness) {
      const store = await openStore(harness);
      const bytes = content(100);
      await store.upload('clipped', bytes);
      for (const [range, expected] of [
        [{ start: 90, end: 200 }, bytes.slice(90)],
        [{ start: 90 }, bytes.slice(90)],
        [{ last: 10 }, bytes.slice(90)],
        [{ last: 200 }, bytes],
        [{ last: 0 }, bytes.slice(100)],
      ] as const) {
        const part = await store.download('clipped', { range });
        assertSameBytes(await part.bytes(), expected, JSON.stringify(range));
        assert.equal(part.range.size, 100);
      }
    },
  },
  {
    title: 'a range that starts past the end is refused with the size',
    async run(harness) {
      const store = await openStore(harness);
      await store.upload('short', content(100));
      const error = await rejection(() => store.download('short', { range: { start: 100 } }));
      assert.ok(isArtifactError(error, 'INVALID_ARGUMENT'), String(error));
      assert.equal(error.sizeBytes, 100);
    },
  },
  {
    title: 'a range is verified, too, and by no more than its own chunks',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      const bytes = content(3 * MiB);
      await store.upload('part', bytes);
      const [key = ''] = await contentKeys(backend);
      await backend.write(key, withFlippedBit(await objectAt(backend, key), 2 * MiB));
      const intact = await store.download('part', { range: { start: MiB - 5, end: 2 * MiB } });
      assertSameBytes(await intact.bytes(), bytes.slice(MiB - 5, 2 * MiB));
      const broken = await store.download('part', { range: { start: 2 * MiB + 10, end: 2 * MiB + 20 } });
      assert.ok(isArtifactError(await rejection(() => broken.bytes()), 'INTEGRITY'));
    },
  },
];
