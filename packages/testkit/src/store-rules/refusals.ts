import assert from 'node:assert/strict';

import { type ArtifactBackend, ArtifactError, type ArtifactStore, wrapBackend } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { failingAfter, inChunks } from '../support/bodies.ts';
import { assertSameBytes, content, MiB } from '../support/content.ts';
import { assertRefused } from '../support/expect.ts';
import { inventory } from './objects.ts';
import { inlineBytes, openStore, storeOn } from './stores.ts';

/** What fails leaves nothing, and what reads changes nothing. */
export const refusalRules: readonly Rule[] = [
  {
    title: 'an upload that fails leaves nothing behind and the previous version as it was',
    guarantee: 'I-7',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      for (const before of [undefined, content(10), content(inlineBytes + 10)]) {
        if (before !== undefined) await store.upload('doc', before);
        else await store.upload('other', 'so that the store is there');
        const stored = await inventory(backend);
        await assertFailures(store);
        assert.deepEqual(await inventory(backend), stored);
        if (before !== undefined) assertSameBytes(await (await store.download('doc')).bytes(), before);
      }
    },
  },
  {
    title: 'the size limit holds while the source is read, with at most one chunk too many',
    guarantee: 'I-19',
    async run(harness) {
      const limit = 2 * MiB;
      const store = await openStore(harness, { maxSizeBytes: limit });
      await store.upload('fits', inChunks(content(limit), 100_000));
      let read = 0;
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          read += 100_000;
          yield content(100_000);
        }
      }
      await assertRefused('TOO_LARGE', () => store.upload('endless', endless()));
      assert.ok(read <= limit + MiB, `${read} bytes were read`);
      await assertRefused('TOO_LARGE', () => store.upload('declared', inChunks(content(10), 5), { size: limit + 1 }));
      assert.deepEqual(
        (await store.page()).artifacts.map(({ id }) => id),
        ['fits'],
      );
    },
  },
  {
    title: 'reading works where nothing may be written, and only reads',
    guarantee: 'I-28',
    async run(harness) {
      const backend = await harness.open();
      const writer = storeOn(backend);
      await writer.upload('small', 'text');
      await writer.upload('large', content(MiB + 1));
      await writer.upload('deleted', 'text');
      await writer.delete('deleted');
      const stored = await inventory(backend);
      const reader = storeOn(readOnly(backend));
      assert.equal(await (await reader.download('small')).text(), 'text');
      assertSameBytes(await (await reader.download('large')).bytes(), content(MiB + 1));
      assert.equal(await reader.getMetadata('deleted'), undefined);
      assert.equal((await reader.page()).artifacts.length, 2);
      for await (const { id } of reader.list()) assert.notEqual(id, 'deleted');
      await reader.healthCheck();
      assert.deepEqual(await inventory(backend), stored);
    },
  },
  {
    title: 'a store refuses a backend of a contract that it does not know',
    since: '1.1',
    async run(harness) {
      const backend = await harness.open();
      const next = wrapBackend(backend, { contract: 2 as number as 1 });
      await assertRefused('CONFIGURATION', async () => storeOn(next).upload('doc', 'x'));
      assert.deepEqual(await inventory(backend), []);
    },
  },
  {
    title: 'a hostile id is refused before anything is stored',
    guarantee: 'I-20',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      const hostile = [
        '',
        '.',
        '..',
        '../a',
        'a/../b',
        '/a',
        'a/',
        'a//b',
        'a\0b',
        'a\nb',
        '\ud800',
        'a\u0308',
        'x'.repeat(513),
        'X'.repeat(300),
      ];
      for (const id of hostile) {
        await assertRefused('INVALID_ARGUMENT', () => store.upload(id, 'x'), JSON.stringify(id));
        await assertRefused('INVALID_ARGUMENT', () => store.download(id), JSON.stringify(id));
        await assertRefused('INVALID_ARGUMENT', () => store.delete(id), JSON.stringify(id));
      }
      assert.deepEqual(await inventory(backend), []);
    },
  },
];

async function assertFailures(store: ArtifactStore): Promise<void> {
  const sha256 = '0'.repeat(64);
  for (const size of [10, inlineBytes + 10, MiB + 10]) {
    const broken = new Error('the source broke');
    await assertRefused('INVALID_ARGUMENT', () => store.upload('doc', failingAfter(content(size), broken)));
    await assertRefused('INTEGRITY', () => store.upload('doc', content(size), { expectedSha256: sha256 }));
    const short = () => store.upload('doc', inChunks(content(size), 50_000), { size: size + 1 });
    await assertRefused('INVALID_ARGUMENT', short, 'a source shorter than declared');
    const long = () => store.upload('doc', inChunks(content(size), 50_000), { size: size - 1 });
    await assertRefused('INVALID_ARGUMENT', long, 'a source longer than declared');
  }
}

/** A view for somebody without the right to write. */
function readOnly(backend: ArtifactBackend): ArtifactBackend {
  const denied = async (): Promise<never> => {
    throw new ArtifactError('ACCESS_DENIED', 'a reader tried to change something');
  };
  return wrapBackend(backend, { capabilities: denied, write: denied, delete: denied, discardUnfinished: denied });
}
