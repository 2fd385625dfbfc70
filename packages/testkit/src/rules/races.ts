import assert from 'node:assert/strict';

import { type ArtifactBackend, isArtifactError, type Written } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { text } from '../support/content.ts';
import { assertHolds, collect, find, readBytes } from '../support/expect.ts';
import { type Handles, pick, twoHandles } from '../support/handles.ts';

const racers = Array.from({ length: 16 }, (_, index) => index);

/** What conditions promise when many use them at once, from two handles on one storage. */
export const raceRules: readonly Rule[] = [
  {
    title: 'of sixteen concurrent creates exactly one wins',
    guarantee: 'I-13',
    requires: 'createIfAbsent',
    async run(harness) {
      const handles = await twoHandles(harness);
      for (let round = 0; round < 10; round += 1) {
        const key = `created/${round}`;
        await assertOneWins(handles, key, (handle, bytes) => handle.write(key, bytes, { condition: { absent: true } }));
      }
    },
  },
  {
    title: 'of sixteen concurrent swaps of one version exactly one wins',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    async run(harness) {
      const handles = await twoHandles(harness);
      for (let round = 0; round < 10; round += 1) {
        const { version } = await handles[0].write('swapped', text(`round ${round}`));
        await assertOneWins(handles, 'swapped', (handle, bytes) =>
          handle.write('swapped', bytes, { condition: { version } }),
        );
      }
    },
  },
  {
    title: 'a counter that eight workers raise by compare and swap loses no step',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    async run(harness) {
      const handles = await twoHandles(harness);
      await handles[0].write('counter', text('0'));
      const steps = 10;
      let undecided = 0;
      await Promise.all(
        racers.slice(0, 8).map(async (racer) => {
          for (let step = 0; step < steps; step += 1) undecided += await increment(pick(handles, racer), 'counter');
        }),
      );
      const counted = Number(Buffer.from(await readBytes(handles[0], 'counter')).toString());
      // Whatever was not decided may have been a step as well.
      assert.ok(counted >= 8 * steps && counted <= 8 * steps + undecided, `${8 * steps} steps became ${counted}`);
    },
  },
  {
    title: 'a conditional delete and a conditional write of one version never both succeed',
    guarantee: 'I-15',
    requires: ['compareAndSwap', 'conditionalDelete'],
    async run(harness) {
      const [first, second] = await twoHandles(harness);
      for (let round = 0; round < 60; round += 1) {
        const { version } = await first.write('contested', text(`round ${round}`));
        const condition = { version };
        const write = () => first.write('contested', text(`written ${round}`), { condition });
        const remove = () => second.delete('contested', { condition });
        const [one, other] = round % 2 === 0 ? [write, remove] : [remove, write];
        const outcomes = await Promise.allSettled([one(), other()]);
        const [written, removed] = round % 2 === 0 ? outcomes : outcomes.toReversed();
        // Whichever comes first wins: the other finds an absent object or another version.
        assert.notEqual(written?.status, removed?.status, `round ${round}: write and delete both ${removed?.status}`);
        const { status } = await first.read('contested');
        assert.equal(status, written?.status === 'fulfilled' ? 'found' : 'absent', `round ${round}`);
        assertLost(outcomes);
      }
    },
  },
  {
    title: 'a lock made of conditional create and conditional delete has one holder at a time',
    guarantee: 'I-15',
    requires: ['createIfAbsent', 'conditionalDelete'],
    async run(harness) {
      const handles = await twoHandles(harness);
      let holders = 0;
      let taken = 0;
      const worker = async (racer: number) => {
        const handle = pick(handles, racer);
        for (let attempt = 0; attempt < 10; attempt += 1) {
          const create = handle.write('lock', text(`${racer} ${attempt}`), { condition: { absent: true } });
          const [outcome] = await Promise.allSettled([create]);
          assertLost([outcome]);
          if (outcome.status === 'rejected') continue;
          holders += 1;
          taken += 1;
          assert.equal(holders, 1, 'holders of the lock');
          // Long enough for a second holder to come in, if one can.
          await new Promise(setImmediate);
          await handle.read('lock');
          holders -= 1;
          await handle.delete('lock', { condition: { version: outcome.value.version } });
        }
      };
      await Promise.all(racers.slice(0, 8).map(worker));
      assert.ok(taken > 0);
      assert.equal((await handles[0].read('lock')).status, 'absent');
    },
  },
];

async function assertOneWins(
  handles: Handles,
  key: string,
  write: (handle: ArtifactBackend, bytes: Uint8Array) => Promise<Written>,
): Promise<void> {
  const outcomes = await Promise.allSettled(racers.map((racer) => write(pick(handles, racer), text(`racer ${racer}`))));
  const winners = racers.filter((racer) => outcomes[racer]?.status === 'fulfilled');
  assert.equal(winners.length, 1, `${winners.length} of ${racers.length} won`);
  assertLost(outcomes);
  await assertHolds(handles[0], key, text(`racer ${winners[0]}`));
}

/** A server that fails in a race leaves open whether it was lost, which the contract calls retryable. */
function assertLost(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled' || isArtifactError(outcome.reason, 'PRECONDITION_FAILED')) continue;
    if (isArtifactError(outcome.reason) && outcome.reason.retryable) continue;
    assert.fail(`a loser did not reject with PRECONDITION_FAILED but with ${String(outcome.reason)}`);
  }
}

/** Raises the number until that is acknowledged, and tells how often it was not decided. */
async function increment(backend: ArtifactBackend, key: string): Promise<number> {
  for (let undecided = 0; ;) {
    const { info, body } = await find(backend, key);
    const [read] = await Promise.allSettled([collect(body)]);
    if (read.status === 'rejected') continue;
    const next = Number(Buffer.from(read.value).toString()) + 1;
    const write = backend.write(key, text(String(next)), { condition: { version: info.version } });
    const [outcome] = await Promise.allSettled([write]);
    assertLost([outcome]);
    if (outcome.status === 'fulfilled') return undecided;
    if (isArtifactError(outcome.reason) && outcome.reason.retryable) undecided += 1;
  }
}
