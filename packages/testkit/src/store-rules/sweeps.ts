import assert from 'node:assert/strict';

import type { ArtifactBackend, ArtifactStore } from '@artifacts/core';

import type { Harness } from '../harness.ts';
import type { Rule } from '../rule.ts';
import { content } from '../support/content.ts';
import { keysOf } from '../support/expect.ts';
import { inventory, objectAt, recordKeyOf, withFlippedBit } from './objects.ts';
import { type Clock, inlineBytes, start, storeOn } from './stores.ts';

const hour = 3_600_000;
const day = 24 * hour;
const sizes = [5, inlineBytes + 5];

/** What a sweep removes, and what it never does. */
export const sweepRules: readonly Rule[] = [
  {
    title: 'a sweep removes what has expired, and nothing before that or beside it',
    guarantee: 'I-22',
    since: '1.1',
    requires: 'compareAndSwap',
    async run(harness) {
      const { store, clock } = await opened(harness);
      for (const size of sizes) {
        await store.upload(`live/${size}`, content(size));
        await store.upload(`later/${size}`, content(size), { ttlMs: 9 * day });
        await store.upload(`soon/${size}`, content(size), { ttlMs: hour });
        await store.upload(`long/${size}`, content(size), { ttlMs: 2 * day });
      }
      assert.equal((await store.sweep()).counts.artifacts, 0);
      clock.now += 3 * day;
      const { removed, kept } = await store.sweep();
      const expired = sizes.flatMap((size) => [`soon/${size}`, `long/${size}`]);
      assert.deepEqual(removed.map(({ id }) => id ?? '').toSorted(), expired.toSorted());
      assert.deepEqual(kept, []);
      const staying = sizes.flatMap((size) => [`live/${size}`, `later/${size}`]);
      await assertThere(store, staying);
      for (const id of expired) assert.equal(await store.getMetadata(id), undefined, id);
    },
  },
  {
    title: 'after a sweep past the grace there is what is live and nothing else',
    guarantee: 'I-8',
    since: '1.1',
    requires: 'compareAndSwap',
    async run(harness) {
      const { store, clock, backend } = await opened(harness);
      for (const of of [store, store.namespace('Tenant')]) {
        for (const size of sizes) {
          await of.upload(`live/${size}`, content(size));
          await of.upload(`replaced/${size}`, content(size + 1));
          await of.upload(`replaced/${size}`, content(size));
          await of.upload(`deleted/${size}`, content(size));
          await of.delete(`deleted/${size}`);
          await of.upload(`expired/${size}`, content(size), { ttlMs: hour });
        }
      }
      // The tombstones of the second are those that the first wrote.
      for (let sweeps = 0; sweeps < 2; sweeps += 1) {
        clock.now += day + hour;
        assert.deepEqual((await store.sweep()).kept, []);
      }
      const { conditionalDelete } = await backend.capabilities();
      const ids = ['live', 'replaced', ...(conditionalDelete ? [] : ['deleted', 'expired'])];
      const records = ids.flatMap((name) => sizes.map((size) => recordKeyOf(`${name}/${size}`)));
      const found = (await keysOf(backend)).map((key) => key.replace(/content\/.*/, 'content'));
      const expected = ['', 'ns/=54enant/'].flatMap((at) => [...records, 'content', 'content'].map((key) => at + key));
      assert.deepEqual(found.toSorted(), [...expected, 'store.json'].toSorted());
      for (const of of [store, store.namespace('Tenant')])
        await assertThere(
          of,
          sizes.flatMap((size) => [`live/${size}`, `replaced/${size}`]),
        );
    },
  },
  {
    title: 'sweeps at once, over several handles, come to the same as one',
    guarantee: 'I-22',
    since: '1.1',
    requires: 'compareAndSwap',
    async run(harness) {
      const { store, clock } = await opened(harness);
      const others = [await opened(harness, clock), await opened(harness, clock)];
      for (const size of sizes) {
        await store.upload(`live/${size}`, content(size));
        await store.upload(`again/${size}`, content(size), { ttlMs: 2 * day });
        await store.upload(`expired/${size}`, content(size), { ttlMs: 2 * day });
      }
      clock.now += 3 * day;
      await Promise.all([
        ...others.map((other) => other.store.sweep()),
        ...sizes.map((size) => store.upload(`again/${size}`, content(size))),
      ]);
      await assertThere(
        store,
        sizes.flatMap((size) => [`live/${size}`, `again/${size}`]),
      );
      for (const size of sizes) assert.equal(await store.getMetadata(`expired/${size}`), undefined);
    },
  },
  {
    title: 'a sweep leaves what is held or retained, however long it has expired',
    guarantee: 'I-22',
    since: '1.1',
    requires: 'compareAndSwap',
    async run(harness) {
      const { store, clock } = await opened(harness);
      for (const size of sizes) {
        await store.upload(`held/${size}`, content(size), { ttlMs: hour, hold: true });
        await store.upload(`retained/${size}`, content(size), { ttlMs: hour, retainUntil: start + 9 * day });
      }
      for (const days of [2, 2]) {
        clock.now += days * day;
        assert.deepEqual((await store.sweep()).removed, []);
      }
      clock.now = start + 10 * day;
      await store.sweep();
      for (const size of sizes) {
        assert.equal((await store.getMetadata(`held/${size}`))?.hold, true);
        assert.equal(await store.getMetadata(`retained/${size}`), undefined);
      }
    },
  },
  {
    title: 'a sweep touches nothing whose record does not verify, and reports it',
    guarantee: 'I-2',
    since: '1.1',
    requires: 'compareAndSwap',
    async run(harness) {
      const { store, clock, backend } = await opened(harness);
      for (const size of sizes) {
        await store.upload(`expired/${size}`, content(size), { ttlMs: 2 * day });
        await store.upload(`replaced/${size}`, content(inlineBytes + 9));
        await store.upload(`replaced/${size}`, content(size));
      }
      const keys = (await keysOf(backend)).filter((key) => key.startsWith('records/'));
      for (const key of keys) await backend.write(key, withFlippedBit(await objectAt(backend, key), 100));
      const before = withoutMarkers(await inventory(backend));
      clock.now += 3 * day;
      const { removed, kept } = await store.sweep({ full: true });
      assert.deepEqual(removed, []);
      assert.ok(kept.length >= keys.length && kept.every(({ why }) => why === 'unverifiable'), JSON.stringify(kept));
      assert.deepEqual(withoutMarkers(await inventory(backend)), before);
    },
  },
  {
    title: 'content that lost its marker goes a grace after a full sweep found it',
    guarantee: 'I-8',
    since: '1.1',
    async run(harness) {
      const { store, clock, backend } = await opened(harness);
      await store.upload('live', content(inlineBytes + 5));
      await store.upload('gone', content(inlineBytes + 5));
      // As if a rule of the medium had removed what leads to it.
      for (const key of [recordKeyOf('gone'), ...(await keysOf(backend, { prefix: 'pending/' }))])
        await backend.delete(key);
      assert.equal((await store.sweep({ full: true })).counts.announced, 1);
      clock.now += day;
      const { removed } = await store.sweep({ full: true });
      assert.deepEqual(removed, [{ what: 'content', why: 'unreferenced', bytes: inlineBytes + 5 }]);
      await assertThere(store, ['live']);
    },
  },
  {
    title:
      'without compare-and-swap only an exclusive sweep removes a record, and content that nothing names goes all the same',
    since: '1.1',
    denies: 'compareAndSwap',
    async run(harness) {
      const { store, clock, backend } = await opened(harness);
      const { conditionalDelete } = await backend.capabilities();
      if (conditionalDelete) return;
      await store.upload('expired', content(inlineBytes + 5), { ttlMs: hour });
      await store.upload('replaced', content(inlineBytes + 5));
      await store.upload('replaced', content(inlineBytes + 6));
      clock.now += 2 * day;
      const { removed, kept } = await store.sweep();
      assert.deepEqual(
        removed.map(({ id, what }) => `${what} of ${id}`),
        ['content of replaced'],
      );
      assert.deepEqual(
        kept.map(({ id, why, error }) => [id, why, error?.code]),
        [['expired', 'unsupported', 'UNSUPPORTED']],
      );
      assert.equal((await store.sweep({ exclusive: true })).counts.artifacts, 1);
      await assertThere(store, ['replaced']);
      assert.equal(await store.getMetadata('expired'), undefined);
    },
  },
];

interface Opened {
  readonly store: ArtifactStore;
  readonly clock: Clock;
  readonly backend: ArtifactBackend;
}

async function opened(harness: Harness, clock: Clock = { now: start }): Promise<Opened> {
  const backend = await harness.open();
  return { store: storeOn(backend, { now: () => clock.now }), clock, backend };
}

/** Every byte of it. */
async function assertThere(store: ArtifactStore, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const download = await store.download(id);
    assert.equal((await download.bytes()).length, download.metadata.sizeBytes, id);
  }
}

function withoutMarkers(objects: readonly string[]): string[] {
  return objects.filter((object) => !/^(?:pending|expiry)\//.test(object));
}
