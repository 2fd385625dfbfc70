import assert from 'node:assert/strict';

import { afterAll, describe, test } from 'vitest';

import type { Call } from './call.ts';
import { allChecks, commonChecks } from './checks.ts';
import { initialStates, type InitialState, type RaceState } from './initial-states.ts';
import { deletingUnverified, type Operation, operations } from './operations.ts';
import { pairsOf, type RaceOptions } from './races.ts';
import { survey, type Survey } from './survey.ts';

const states = Object.keys(initialStates) as InitialState[];
const pairs = pairsOf(Object.values(operations));
const { uploadSmall, uploadLarge, createSmall, createLarge, replaceRevision, uploadLargeExpiring } = operations;
const { updateExpiry, hold, download, delete: remove } = operations;
const triples = pairsOf([
  uploadSmall,
  uploadLarge,
  createSmall,
  uploadLargeExpiring,
  updateExpiry,
  hold,
  remove,
  download,
]);
const recreated = [
  [uploadSmall, createSmall],
  [uploadSmall, uploadLarge],
  [createLarge, uploadLarge],
  [uploadSmall, replaceRevision],
];

const anyCall = () => true;
const ofRecords = (call: Call) => call.kind === 'write' && call.key.startsWith('records/');
const noSwap = { compareAndSwap: false, conditionalDelete: false };

explored('every pair, crashing alone or together', states, pairs, { crashes: 2 });
explored('every pair, with a lost request or answer anywhere', states, pairs, { lost: { count: 1, of: anyCall } });
explored(
  'three at once, one of them a delete, with a crash',
  ['absent', 'large', 'large that will expire', 'tombstone'],
  triples.map((pair) => [...pair, remove]),
  { crashes: 1 },
);
explored(
  'three at once, one of them a delete, with a lost answer of a record write',
  ['absent', 'large', 'expired', 'tombstone'],
  recreated.map((pair) => [...pair, remove]),
  { lost: { count: 1, of: ofRecords } },
);
explored(
  'removing what nobody vouches for, while it is made anew',
  ['unverifiable'],
  [
    [deletingUnverified, deletingUnverified, uploadLarge],
    [deletingUnverified, deletingUnverified, uploadSmall],
  ],
);
// What needs a hold to begin with cannot exist without compare-and-swap.
const unheld = states.filter((state) => state !== 'held');
explored('every pair on a backend that can only create, with a crash', unheld, pairs, {
  capabilities: noSwap,
  checks: commonChecks,
  crashes: 1,
});
explored('every pair on a backend that can only create, with a lost answer', unheld, pairs, {
  capabilities: noSwap,
  checks: commonChecks,
  lost: { count: 1, of: ofRecords },
});
explored('every pair on a backend without conditions, with a crash', unheld, pairs, {
  capabilities: { ...noSwap, createIfAbsent: false },
  checks: commonChecks,
  crashes: 1,
});

/** One test per promise. All of them are about the same schedules, which are explored once. */
function explored(
  title: string,
  from: readonly RaceState[],
  groups: readonly (readonly Operation[])[],
  options: RaceOptions = {},
): void {
  describe(title, () => {
    let surveying: Promise<Survey> | undefined;
    const surveyed = () => (surveying ??= survey(from, groups, options));
    for (const check of options.checks ?? allChecks) {
      test(`${check.guarantee} ${check.title}`, { timeout: 300_000 }, async () => {
        const broken = (await surveyed()).violations.find((violation) => violation.title === check.title);
        if (broken !== undefined) assert.fail([broken.problem, ...broken.schedule].join('\n'));
      });
    }
    afterAll(async () => {
      const { races, schedules, states: merged } = await surveyed();
      process.stdout.write(
        `interleavings: ${title}: ${races} races, ${schedules} schedules in ${merged} states, nothing random\n`,
      );
    });
  });
}
