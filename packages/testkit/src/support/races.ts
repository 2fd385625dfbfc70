import assert from 'node:assert/strict';

import { isArtifactError, type Written } from '@artifacts/core';

import type { Contended } from '../processes/messages.ts';
import { text } from './content.ts';
import { assertHolds, collect, find, readBytes } from './expect.ts';

/** Handles on one storage, in one process or in several, and what happens when many use them at once. */
type Handles = readonly [Contended, Contended, ...(readonly Contended[])];

const racers = Array.from({ length: 16 }, (_, index) => index);

export async function raceToCreate(handles: Handles): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const key = `created/${round}`;
    await assertOneWins(handles, key, (handle, bytes) => handle.write(key, bytes, { condition: { absent: true } }));
  }
}

export async function raceToSwap(handles: Handles): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const { version } = await handles[0].write('swapped', text(`round ${round}`));
    await assertOneWins(handles, 'swapped', (handle, bytes) =>
      handle.write('swapped', bytes, { condition: { version } }),
    );
  }
}

/** Eight workers raise a counter, each `steps` times. */
export async function countTogether(handles: Handles, steps = 10): Promise<void> {
  await handles[0].write('counter', text('0'));
  let undecided = 0;
  await Promise.all(
    racers.slice(0, 8).map(async (racer) => {
      for (let step = 0; step < steps; step += 1) undecided += await increment(pick(handles, racer), 'counter');
    }),
  );
  const counted = Number(Buffer.from(await readBytes(handles[0], 'counter')).toString());
  // Whatever was not decided may have been a step as well.
  assert.ok(counted >= 8 * steps && counted <= 8 * steps + undecided, `${8 * steps} steps became ${counted}`);
}

export async function deleteAgainstWrite([first, second]: Handles): Promise<void> {
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
}

export async function lockInTurn(handles: Handles): Promise<void> {
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
}

async function assertOneWins(
  handles: Handles,
  key: string,
  write: (handle: Contended, bytes: Uint8Array) => Promise<Written>,
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
async function increment(backend: Contended, key: string): Promise<number> {
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

/** The handle of one of many workers. */
function pick(handles: Handles, worker: number): Contended {
  return handles[worker % handles.length] ?? handles[0];
}
