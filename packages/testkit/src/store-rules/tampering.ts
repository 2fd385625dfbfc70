import assert from 'node:assert/strict';

import { type ArtifactStore, isArtifactError } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { content, MiB, text } from '../support/content.ts';
import { assertRefused, rejection } from '../support/expect.ts';
import { contentKeys, objectAt, recordKeyOf, swap, withFlippedBit } from './objects.ts';
import { keysOf, storeOn } from './stores.ts';

const size = 2 * MiB + 9;

/** Whoever can write to the storage, without a key, gets nothing past a reader. */
export const tamperingRules: readonly Rule[] = [
  {
    title: 'a bit flipped anywhere in a record is a typed refusal',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      const key = recordKeyOf('doc');
      for (const body of [content(40), content(size)]) {
        await store.upload('doc', body);
        const record = await objectAt(backend, key);
        for (let part = 0; part < 40; part += 1) {
          const index = Math.floor((part * (record.length - 1)) / 39);
          await backend.write(key, withFlippedBit(record, index));
          await assertIntegrity(() => readAll(store, 'doc'), `bit of byte ${index} of ${record.length}`);
        }
        await backend.write(key, record);
      }
    },
  },
  {
    title: 'a record that is cut, extended, empty or not one is a typed refusal',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      const key = recordKeyOf('doc');
      await store.upload('doc', content(40));
      const record = await objectAt(backend, key);
      const forged = [
        record.slice(0, -1),
        record.slice(0, 100),
        Buffer.concat([record, text('x')]),
        text(''),
        text('\n'),
        text('{"payloadType":"x"}\n'),
        content(300_000),
      ];
      for (const [index, bytes] of forged.entries()) {
        await backend.write(key, bytes);
        await assertIntegrity(() => readAll(store, 'doc'), `forgery ${index}`);
        await assertIntegrity(() => store.delete('doc'), `deleting forgery ${index}`);
      }
    },
  },
  {
    title: 'content that is changed, cut, extended, reordered or gone is never handed out',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      await store.upload('doc', content(size));
      const [key = ''] = await contentKeys(backend);
      const bytes = await objectAt(backend, key);
      const forged: [string, Uint8Array][] = [
        ['first byte', withFlippedBit(bytes, 0)],
        ['second chunk', withFlippedBit(bytes, MiB)],
        ['last byte', withFlippedBit(bytes, size - 1)],
        ['cut', bytes.slice(0, -1)],
        ['cut at a chunk', bytes.slice(0, MiB)],
        ['empty', text('')],
        ['reordered', Buffer.concat([bytes.slice(MiB, 2 * MiB), bytes.slice(0, MiB), bytes.slice(2 * MiB)])],
      ];
      for (const [what, forgery] of forged) {
        await backend.write(key, forgery);
        await assertIntegrity(() => readAll(store, 'doc'), what);
      }
      await backend.delete(key);
      await assertIntegrity(() => readAll(store, 'doc'), 'gone');
    },
  },
  {
    title: 'content of an older version, put where that of the newer one lies, is never handed out',
    guarantee: 'I-3',
    since: '1.1',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      await store.upload('doc', content(size, 1));
      const [oldKey = ''] = await contentKeys(backend);
      const old = await objectAt(backend, oldKey);
      await store.upload('doc', content(size, 2));
      const newKey = (await contentKeys(backend)).find((key) => key !== oldKey) ?? '';
      await backend.write(newKey, old);
      await assertIntegrity(() => readAll(store, 'doc'), 'older content');
    },
  },
  {
    title: 'records and contents that change places are refused',
    guarantee: 'I-3',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      await store.upload('one', content(size, 1));
      await store.upload('two', content(size, 2));
      const [first = '', second = ''] = await contentKeys(backend);
      await swap(backend, first, second);
      for (const id of ['one', 'two']) await assertIntegrity(() => readAll(store, id), `content of ${id}`);
      await swap(backend, first, second);
      await swap(backend, recordKeyOf('one'), recordKeyOf('two'));
      for (const id of ['one', 'two']) await assertIntegrity(() => readAll(store, id), `record of ${id}`);
    },
  },
  {
    title: 'a record copied to another id, audience or key is refused',
    guarantee: 'I-3',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      await store.upload('one', 'content');
      await backend.write(recordKeyOf('copy'), await objectAt(backend, recordKeyOf('one')));
      await assertIntegrity(() => readAll(store, 'copy'), 'another id');
      await assertIntegrity(() => readAll(storeOn(backend, { audience: 'elsewhere' }), 'one'), 'another audience');
      await assertIntegrity(() => readAll(storeOn(backend, { signing: keysOf('other') }), 'one'), 'another key');
      await assertIntegrity(() => store.upload('copy', 'over it'), 'writing over it');
    },
  },
  {
    title: 'a deleted artifact whose tombstone is replaced by a record of another id stays refused',
    guarantee: 'I-3',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      await store.upload('gone', 'content');
      await store.upload('kept', 'content');
      await store.delete('gone');
      await backend.write(recordKeyOf('gone'), await objectAt(backend, recordKeyOf('kept')));
      await assertIntegrity(() => readAll(store, 'gone'), 'another record');
    },
  },
  {
    title: 'an older record put back is noticed by whoever remembers a newer one',
    guarantee: 'I-5',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      await store.upload('doc', 'old');
      const old = await objectAt(backend, recordKeyOf('doc'));
      const { generation } = await store.upload('doc', 'new');
      await backend.write(recordKeyOf('doc'), old);
      await assertRefused('ROLLBACK_DETECTED', () => store.download('doc', { minGeneration: generation }));
      await assertRefused('ROLLBACK_DETECTED', () => store.getMetadata('doc', { minGeneration: generation }));
    },
  },
  {
    title: 'a listing gives every good record and reports those that do not verify',
    guarantee: 'I-2',
    async run(harness) {
      const backend = await harness.open();
      const store = storeOn(backend);
      for (const id of ['a', 'b', 'c', 'd']) await store.upload(id, id);
      for (const id of ['a', 'c']) {
        const record = await objectAt(backend, recordKeyOf(id));
        await backend.write(recordKeyOf(id), withFlippedBit(record, 100));
      }
      const { artifacts, invalid } = await store.page();
      assert.deepEqual(
        [artifacts.map(({ id }) => id), invalid.map(({ id }) => id)],
        [
          ['b', 'd'],
          ['a', 'c'],
        ],
      );
      const listed: string[] = [];
      const error = await rejection(async () => {
        for await (const { id } of store.list()) listed.push(id);
      });
      assert.deepEqual(listed, ['b', 'd']);
      assert.ok(isArtifactError(error, 'INTEGRITY') && error.invalid?.length === 2, String(error));
    },
  },
];

async function readAll(store: ArtifactStore, id: string): Promise<Uint8Array> {
  return (await store.download(id)).bytes();
}

const codes = new Set(['INTEGRITY', 'SIGNATURE_INVALID', 'UNKNOWN_KEY', 'UNSUPPORTED']);

async function assertIntegrity(call: () => Promise<unknown>, what: string): Promise<void> {
  const error = await rejection(call, what);
  if (!isArtifactError(error) || !codes.has(error.code)) assert.fail(`${what}: refused with ${String(error)}`);
}
