import type { Call } from './call.ts';
import { commonChecks } from './checks.ts';
import { explored } from './explored.test-helper.ts';
import { initialStates, type InitialState } from './initial-states.ts';
import { deletingUnverified, operations } from './operations.ts';
import { pairsOf } from './races.ts';

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
