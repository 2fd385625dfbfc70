import assert from 'node:assert/strict';

import type { ArtifactStore } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { content } from '../support/content.ts';
import { assertRefused } from '../support/expect.ts';
import { type Clock, inlineBytes, openStore, start } from './stores.ts';

/** Expiry, deletion, retention and holds. */
export const lifetimeRules: readonly Rule[] = [
  {
    title: 'an artifact expires to the millisecond, without a sweep',
    guarantee: 'I-21',
    async run(harness) {
      const clock: Clock = { now: start };
      const store = await openStore(harness, { now: () => clock.now });
      for (const size of [5, inlineBytes + 5]) {
        const id = `expiring/${size}`;
        clock.now = start;
        await store.upload(id, content(size), { ttlMs: 1000 });
        const pinned = await store.download(id);
        clock.now = start + 999;
        assert.equal((await (await store.download(id)).bytes()).length, size);
        clock.now = start + 1000;
        await assertRefused('EXPIRED', () => store.download(id));
        await assertRefused('EXPIRED', () => pinned.bytes(), 'a download opened before');
        assert.equal((await store.getMetadata(id))?.expiresAt?.getTime(), start + 1000);
        assert.deepEqual(await idsOf(store), []);
        assert.deepEqual(await idsOf(store, true), [id]);
        assert.equal(await store.delete(id), true);
      }
    },
  },
  {
    title: 'an expired artifact may be replaced, as if there were none',
    guarantee: 'I-21',
    requires: ['createIfAbsent', 'compareAndSwap'],
    async run(harness) {
      const clock: Clock = { now: start };
      const store = await openStore(harness, { now: () => clock.now });
      await store.upload('doc', 'first');
      await store.upload('doc', 'second', { ttlMs: 1000 });
      await assertRefused('ALREADY_EXISTS', () => store.upload('doc', 'third', { ifGeneration: 0 }));
      clock.now += 1000;
      await assertRefused('EXPIRED', () => store.update('doc', { expiresAt: null }));
      const { generation } = await store.upload('doc', 'third', { ifGeneration: 0 });
      assert.equal(generation, 1);
      assert.equal(await (await store.download('doc')).text(), 'third');
    },
  },
  {
    title: 'an update changes what it names, keeps the content, and is a new revision of one generation',
    requires: 'compareAndSwap',
    async run(harness) {
      const store = await openStore(harness);
      for (const size of [5, inlineBytes + 5]) {
        const id = `updated/${size}`;
        const before = await store.upload(id, content(size), { metadata: { a: 1 }, expiresAt: start + 1000 });
        const after = await store.update(id, { metadata: { b: 2 }, expiresAt: null });
        assert.deepEqual(after.metadata, { b: 2 });
        assert.equal(after.expiresAt, undefined);
        assert.equal(after.generation, before.generation);
        assert.notEqual(after.revision, before.revision);
        assert.deepEqual(await store.getMetadata(id), after);
        assert.deepEqual(await (await store.download(id)).bytes(), content(size));
      }
      await assertRefused('NOT_FOUND', () => store.update('absent', { hold: true }));
    },
  },
  {
    title: 'deleting twice is no error',
    guarantee: 'I-16',
    async run(harness) {
      const store = await openStore(harness);
      for (const size of [5, inlineBytes + 5]) {
        assert.equal(await store.delete('doc'), false);
        await store.upload('doc', content(size));
        assert.equal(await store.delete('doc'), true);
        assert.equal(await store.delete('doc'), false);
        assert.equal(await store.getMetadata('doc'), undefined);
        await assertRefused('NOT_FOUND', () => store.download('doc'));
        assert.deepEqual(await idsOf(store, true), []);
      }
    },
  },
  {
    title: 'of many deletes at once exactly one says that it deleted',
    guarantee: 'I-16',
    requires: 'compareAndSwap',
    async run(harness) {
      const store = await openStore(harness);
      await store.upload('doc', content(inlineBytes + 5));
      const deleted = await Promise.all(Array.from({ length: 8 }, async () => store.delete('doc')));
      assert.equal(deleted.filter(Boolean).length, 1);
    },
  },
  {
    title: 'a hold refuses overwrite and delete until an update lifts it',
    requires: 'compareAndSwap',
    async run(harness) {
      const store = await openStore(harness);
      await store.upload('doc', 'held', { hold: true });
      await assertRetained(store);
      await store.update('doc', { metadata: { note: 'an update is no overwrite' } });
      await assertRetained(store);
      await store.update('doc', { hold: false });
      await store.upload('doc', 'free');
      assert.equal(await store.delete('doc'), true);
    },
  },
  {
    title: 'retention refuses overwrite and delete until its time, and is never shortened',
    requires: 'compareAndSwap',
    async run(harness) {
      const clock: Clock = { now: start };
      const store = await openStore(harness, { now: () => clock.now });
      await store.upload('doc', 'held', { retainUntil: start + 1000, ttlMs: 500 });
      await assertRefused('RETAINED', () => store.update('doc', { retainUntil: start + 999 }));
      await assertRefused('RETAINED', () => store.update('doc', { retainUntil: null }));
      await store.update('doc', { retainUntil: start + 2000 });
      // Expired, and still retained.
      clock.now = start + 1999;
      await assertRetained(store);
      clock.now = start + 2000;
      assert.equal(await store.delete('doc'), true);
    },
  },
];

async function assertRetained(store: ArtifactStore): Promise<void> {
  await assertRefused('RETAINED', () => store.upload('doc', 'over it'));
  await assertRefused('RETAINED', () => store.upload('doc', content(inlineBytes + 5)));
  await assertRefused('RETAINED', () => store.delete('doc'));
}

async function idsOf(store: ArtifactStore, includeExpired = false): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.list({ includeExpired })) ids.push(id);
  return ids;
}
