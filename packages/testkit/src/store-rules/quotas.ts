import assert from 'node:assert/strict';

import { type ArtifactBackend, ArtifactError, isArtifactError, wrapBackend } from '@artifacts/core';

import type { Harness } from '../harness.ts';
import type { Rule } from '../rule.ts';
import { content } from '../support/content.ts';
import { assertRefused } from '../support/expect.ts';
import { openStore, start, storeOn } from './stores.ts';

const requires = ['createIfAbsent', 'compareAndSwap'] as const;
const hour = 3_600_000;

/** Quotas, over handles as over processes. */
export const quotaRules: readonly Rule[] = [
  {
    title: 'a quota holds for all handles together, and is filled to the last artifact',
    guarantee: 'I-18',
    since: '1.1',
    requires,
    async run(harness) {
      const quota = { maxBytes: 100, maxCount: 9 };
      const stores = [await openStore(harness, { quota }), await openStore(harness, { quota })];
      const offers = stores.flatMap((store, handle) =>
        Array.from({ length: 8 }, (_, index) => store.upload(`${handle}/${index}`, content(11))),
      );
      const outcomes = (await Promise.allSettled(offers)).map((offer) =>
        offer.status === 'fulfilled' || isArtifactError(offer.reason, 'QUOTA_EXCEEDED') ? offer.status : offer.reason,
      );
      assert.deepEqual(outcomes.filter((outcome) => outcome === 'fulfilled').length, 9);
      assert.deepEqual(outcomes.filter((outcome) => outcome === 'rejected').length, 7);
      for (const store of stores) {
        await assertRefused('QUOTA_EXCEEDED', () => store.upload('one more', ''));
        await store.close();
      }
    },
  },
  {
    title:
      'every handle says exactly what is stored, after uploads, overwrites, copies, updates and deletes of another',
    guarantee: 'I-18',
    since: '1.1',
    requires,
    async run(harness) {
      const one = await openStore(harness, { trackUsage: true });
      const other = await openStore(harness, { trackUsage: true });
      await one.upload('a', content(100_000));
      await other.upload('b', content(20));
      await one.upload('a', content(300));
      await other.copy('b', 'c');
      await one.update('a', { metadata: { changed: true } });
      await other.delete('b');
      await one.close();
      await other.close();
      const reading = await openStore(harness, { trackUsage: true });
      assert.deepEqual(await reading.usage(), { bytes: 320, count: 2, from: 'ledger' });
      const drift = { bytes: 0, count: 0 };
      assert.deepEqual(await reading.recount(), { bytes: 320, count: 2, drift, invalid: 0 });
    },
  },
  {
    title:
      'what a writer reserved that died is free again when it lapses, unless its record shows that it was committed',
    guarantee: 'I-18',
    since: '1.1',
    requires,
    async run(harness) {
      const quota = { maxBytes: 100 };
      const died = await Promise.all([dying(harness, false), dying(harness, true)]);
      for (const [index, backend] of died.entries()) {
        const code = index === 0 ? 'ACCESS_DENIED' : 'OUTCOME_UNKNOWN';
        await assertRefused(code, () => storeOn(backend, { quota }).upload(`died/${index}`, content(30)));
      }
      const store = await openStore(harness, { quota });
      await assertRefused('QUOTA_EXCEEDED', () => store.upload('rest', content(70)));
      const later = await openStore(harness, { quota, now: () => start + hour });
      await later.upload('rest', content(70));
      assert.deepEqual(await later.usage(), { bytes: 100, count: 2, from: 'ledger' });
    },
  },
  {
    title: 'a quota that cannot be kept is refused by the first write, unless it is asked for as a soft one',
    since: '1.1',
    denies: 'compareAndSwap',
    async run(harness) {
      const quota = { maxBytes: 100 };
      const store = await openStore(harness, { quota });
      await assertRefused('UNSUPPORTED', () => store.upload('a', content(10)));
      await assertRefused('UNSUPPORTED', () => store.delete('a'));
      const soft = await openStore(harness, { quota: { ...quota, mode: 'soft' } });
      await soft.upload('a', content(60));
      await soft.upload('a', content(70));
      await assertRefused('QUOTA_EXCEEDED', () => soft.upload('b', content(31)));
      await soft.upload('b', content(30));
    },
  },
];

/** A handle that goes away with the first record, be that stored or not, and never answers again. */
async function dying(harness: Harness, stores: boolean): Promise<ArtifactBackend> {
  const backend = await harness.open();
  let dead = false;
  const gone = new ArtifactError(stores ? 'UNAVAILABLE' : 'ACCESS_DENIED', 'the writer has died');
  const alive = async <T>(call: () => Promise<T>): Promise<T> => {
    if (dead) throw gone;
    return call();
  };
  return wrapBackend(backend, {
    read: (key, options) => alive(() => backend.read(key, options)),
    delete: (key, options) => alive(() => backend.delete(key, options)),
    write: (key, body, options) =>
      alive(async () => {
        dead = key.startsWith('records/');
        if (dead && !stores) throw gone;
        const written = await backend.write(key, body, options);
        if (dead) throw gone;
        return written;
      }),
  });
}
