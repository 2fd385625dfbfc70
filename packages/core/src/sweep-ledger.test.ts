import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { failing, faults } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { Clock, collect, content, day, hour, open, refusal } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const quota = { maxBytes: 200_000 };

for (const conditionalDelete of [true, false]) {
  const capabilities = { createIfAbsent: true, compareAndSwap: true, conditionalDelete };
  const media = (clock: Clock) =>
    wrapBackend(memoryBackend({ now: () => clock.wall }), { capabilities: async () => capabilities });

  test(`I-18 what a sweep removes is free again, also when whoever sweeps knows of no quota (conditional delete: ${conditionalDelete})`, async () => {
    const clock = new Clock();
    const { store, backend } = open({ backend: media(clock), clock, quota });
    const inside = store.namespace('n', { quota });
    for (const at of [store, inside]) {
      await at.upload('brief', content(100_000), { ttlMs: hour });
      await at.upload('tiny', 'x', { ttlMs: hour });
      await at.upload('stays', content(500));
      await at.delete('tiny');
    }
    clock.advance(2 * day);

    const { removed } = await open({ backend, clock }).store.sweep();

    expect(removed.filter(({ what }) => what === 'artifact').length).toBe(2);
    for (const at of [store, inside]) {
      expect(await at.usage()).toEqual({ bytes: 500, count: 1, from: 'ledger' });
      expect((await at.recount()).drift).toEqual({ bytes: 0, count: 0 });
    }
  });

  for (const fault of faults) {
    test(`I-18 a sweep that is ended at any call leaves usage exact, and all room can be filled: ${fault.name} (conditional delete: ${conditionalDelete})`, async () => {
      for (let n = 1; ; n += 1) {
        const clock = new Clock();
        const inner = media(clock);
        const { store } = open({ backend: inner, clock, quota });
        await store.upload('brief', content(70_000), { ttlMs: hour });
        await store.upload('gone', 'x');
        await store.delete('gone');
        await store.close();
        clock.advance(2 * day);
        const { backend, calls } = failing(inner, fault, n, true);
        await open({ backend, clock })
          .store.sweep()
          .catch(() => undefined);
        clock.advance(hour);

        const other = open({ backend: inner, clock, quota }).store;
        const there = await collect(other.list({ includeExpired: true }));
        const bytes = there.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        await other.upload('filler', new Uint8Array(200_000 - bytes));
        expect({ n, ...(await other.usage()) }).toEqual({ n, bytes: 200_000, count: there.length + 1, from: 'ledger' });
        expect((await refusal(other.upload('more', 'x'))).code).toBe('QUOTA_EXCEEDED');
        if (calls.length < n) return;
      }
    });
  }
}

test('I-18 a sweep that could not look for a ledger once looks for it again, and accounts for what it removes then', async () => {
  const clock = new Clock();
  const { store, backend } = open({ clock, quota });
  await store.upload('one', content(70_000), { ttlMs: hour });
  await store.upload('two', content(80_000), { ttlMs: hour });
  await store.close();
  clock.advance(2 * day);
  let refusals = 1;
  const refusing = wrapBackend(backend, {
    read: async (key, options) => {
      if (key === 'ledger/usage' && refusals > 0) {
        refusals -= 1;
        throw new ArtifactError('ACCESS_DENIED', 'not now');
      }
      return backend.read(key, options);
    },
  });

  const report = await open({ backend: refusing, clock }).store.sweep({ concurrency: 1 });

  expect(report.kept.map(({ why, error }) => [why, error?.code])).toEqual([['failed', 'ACCESS_DENIED']]);
  expect(report.counts.artifacts).toBe(1);
  const later = open({ backend, clock, quota }).store;
  expect((await later.usage()).count).toBe(1);
});
