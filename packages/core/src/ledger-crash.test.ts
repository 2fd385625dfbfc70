import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { failing, faults, type Fault } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import type { ArtifactStore } from './store.ts';
import { Clock, collect, content, hour, open, refusal } from './store.test-helper.ts';

const maxBytes = 220_000;
const large = content(100_000, 2);

interface Scenario {
  readonly name: string;
  readonly before?: (store: ArtifactStore) => Promise<unknown>;
  readonly act: (store: ArtifactStore) => Promise<unknown>;
}

const scenarios: readonly Scenario[] = [
  { name: 'upload of something small', act: (store) => store.upload('a', 'small') },
  { name: 'upload of something large', act: (store) => store.upload('a', large) },
  { name: 'upload of a stream of unknown length', act: (store) => store.upload('a', [large, large]) },
  {
    name: 'overwrite by something larger',
    before: (store) => store.upload('a', content(20_000)),
    act: (store) => store.upload('a', large),
  },
  {
    name: 'overwrite by something smaller, on a condition',
    before: (store) => store.upload('a', large),
    act: (store) => store.upload('a', 'small', { ifGeneration: 1 }),
  },
  {
    name: 'upload over a tombstone',
    before: async (store) => {
      await store.upload('a', large);
      await store.delete('a');
    },
    act: (store) => store.upload('a', 'small'),
  },
  { name: 'delete', before: (store) => store.upload('a', large), act: (store) => store.delete('a') },
  {
    name: 'update',
    before: (store) => store.upload('a', large),
    act: (store) => store.update('a', { metadata: { changed: true } }),
  },
  { name: 'recount', before: (store) => store.upload('a', large), act: (store) => store.recount() },
  {
    name: 'several, one after the other',
    act: async (store) => {
      await store.upload('a', 'one');
      await store.upload('a', large);
      await store.update('a', { metadata: { changed: true } });
      await store.delete('a');
      await store.upload('a', 'two');
    },
  },
];

/** What is really there. */
async function scanned(backend: ArtifactBackend, clock: Clock): Promise<{ bytes: number; count: number }> {
  const artifacts = await collect(open({ backend, clock }).store.list({ includeExpired: true }));
  return { bytes: artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), count: artifacts.length };
}

async function disturbed({ before, act }: Scenario, fault: Fault, n: number, forGood: boolean) {
  const clock = new Clock();
  const inner = memoryBackend({ now: () => clock.wall });
  const quota = { maxBytes };
  await before?.(open({ backend: inner, clock, quota }).store);
  // A ledger is there, so that the process that is disturbed has not made it.
  await open({ backend: inner, clock, quota }).store.upload('other', 'other');
  const { backend, calls } = failing(inner, fault, n, forGood);
  const reached = await act(open({ backend, clock, quota }).store).then(
    () => 'ok' as const,
    () => 'failed' as const,
  );
  return { inner, clock, reached, done: calls.length < n };
}

for (const scenario of scenarios) {
  for (const fault of faults) {
    for (const forGood of [false, true]) {
      const title = `${scenario.name}, ${fault.name} at any call${forGood ? ' and ever after' : ''}`;

      test(`I-18 after a failure usage is exact, and all room can be filled: ${title}`, async () => {
        for (let n = 1; ; n += 1) {
          const { inner, clock, done } = await disturbed(scenario, fault, n, forGood);
          const { store } = open({ backend: inner, clock, quota: { maxBytes } });
          const there = await scanned(inner, clock);
          expect({ n, ...there }).toEqual({ n, ...(await usageOf(store)) });

          clock.advance(hour);
          await store.upload('filler', new Uint8Array(maxBytes - there.bytes));
          expect({ n, ...(await store.usage()) }).toEqual({
            n,
            bytes: maxBytes,
            count: there.count + 1,
            from: 'ledger',
          });
          expect(await refusal(store.upload('more', 'x'))).toMatchObject({
            code: 'QUOTA_EXCEEDED',
            quota: { limit: maxBytes, used: maxBytes, reserved: 0, asked: 1 },
          });
          if (done) return;
        }
      });
    }
  }
}

async function usageOf(store: ArtifactStore): Promise<{ bytes: number; count: number }> {
  const { bytes, count } = await store.usage();
  return { bytes, count };
}
