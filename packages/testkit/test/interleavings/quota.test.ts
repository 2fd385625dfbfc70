import assert from 'node:assert/strict';

import type { ArtifactStore } from '@artifacts/core';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';

import type { Call } from './call.ts';
import { contentOf, type Role } from './client.ts';
import type { RaceState } from './initial-states.ts';
import { type Behaviour, honest } from './medium.ts';
import { migrating, type Operation, operations, resigning, sweeping } from './operations.ts';
import { neverMixed } from './outcome-checks.ts';
import { admitted, nothingHeld, quota, quotaKept, usageExact } from './quota-checks.ts';
import { pairsOf, type RaceOptions, Races } from './races.ts';
import { readable } from './storage-checks.ts';
import { survey, type Survey } from './survey.ts';

// Calls wait here as long as the exploration takes, and beside a quota no idle time may be as long as that.
beforeAll(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterAll(() => void vi.useRealTimers());

/** Uploads another artifact, which leaves the raced one as it is. */
function uploadOther(): Operation {
  return {
    name: 'upload large other',
    reads: false,
    run: async (store: ArtifactStore, role: Role) => {
      await store.upload(`other of ${role}`, contentOf(role, 'large'));
      return 'other';
    },
    model: (found) => ({ value: 'other', next: found }),
  };
}

const { uploadLarge, updateMetadata, delete: remove } = operations;
const pairs = pairsOf([uploadLarge, updateMetadata, remove, uploadOther()]);
const checks = [readable, neverMixed, quotaKept, usageExact, nothingHeld, admitted];
const keptStates = ['large', 'tombstone', 'expired', 'expired, of long ago'] as const;
const ofLedger = (call: Call) => call.kind === 'write' && call.key === 'ledger/usage';

explored('every pair under a quota, with a crash', ['absent', 'large'], pairs, { crashes: 1 });
explored('every pair under a quota, with a lost request or answer of a ledger write', ['absent', 'large'], pairs, {
  lost: { count: 1, of: ofLedger },
});
for (const keeping of [sweeping, resigning, migrating]) {
  const groups = [uploadLarge, updateMetadata, remove, keeping].map((other) => [keeping, other]);
  explored(`${keeping.name} beside everything under a quota, with a crash`, keptStates, groups, { crashes: 1 });
  // Over something large a migration has so many ways to go that they would take a minute.
  const states = keeping === migrating ? (['tombstone'] as const) : (['large', 'expired, of long ago'] as const);
  explored(`${keeping.name} beside everything under a quota, with a lost answer`, states, groups, {
    lost: { count: 1, of: ofLedger },
  });
}

function explored(
  title: string,
  states: readonly RaceState[],
  groups: readonly (readonly Operation[])[],
  options: RaceOptions,
): void {
  describe(title, () => {
    let surveying: Promise<Survey> | undefined;
    const surveyed = () => (surveying ??= survey(states, groups, { ...options, quota, checks }));
    for (const check of checks) {
      test(`${check.guarantee} ${check.title}`, { timeout: 300_000 }, async () => {
        const broken = (await surveyed()).violations.find((violation) => violation.title === check.title);
        if (broken !== undefined) assert.fail([broken.problem, ...broken.schedule].join('\n'));
      });
    }
    afterAll(async () => {
      const { races, schedules, states: merged } = await surveyed();
      process.stdout.write(`interleavings: ${title}: ${races} races, ${schedules} schedules in ${merged} states\n`);
    });
  });
}

/** Ledgers that do one thing wrong, as their storage makes them. */
const broken: readonly { readonly fault: string; readonly behaviour: Behaviour }[] = [
  {
    fault: 'forgets what others reserved meanwhile',
    behaviour: (media, medium, call) => {
      if (!ofLedger(call) || call.kind !== 'write') return honest(media, medium, call);
      return honest(media, medium, { kind: 'write', key: call.key, bytes: call.bytes });
    },
  },
];

describe('a broken ledger does not pass', () => {
  test.each(broken)('one that $fault exceeds the quota or says what is not so', async ({ behaviour }) => {
    const races = new Races('absent', { quota, checks, behaviour });
    const { violations } = await races.explore([uploadOther(), uploadOther()]);
    races.dispose();
    assert.deepEqual(violations.map(({ title }) => title).toSorted(), [usageExact.title, quotaKept.title].toSorted());
  });
});
