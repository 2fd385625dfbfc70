import type { Call } from './call.ts';
import { plainSweepChecks, sweepChecks, sweepChecksWithoutDelete } from './checks.ts';
import { explored } from './explored.test-helper.ts';
import { dueStates, type DueState, initialStates, type InitialState } from './initial-states.ts';
import { operations, sweeping } from './operations.ts';

const states = [...(Object.keys(initialStates) as InitialState[]), ...(Object.keys(dueStates) as DueState[])];
// What needs a hold to begin with cannot exist without compare-and-swap.
const unheld = states.filter((state) => !state.includes('held'));
const pairs = [...Object.values(operations), sweeping].map((operation) => [sweeping, operation]);
const { uploadLarge, createSmall, createLarge, delete: remove } = operations;
const anyCall = () => true;
const ofRecords = (call: Call) => call.kind === 'write' && call.key.startsWith('records/');

explored('a sweep beside everything, crashing alone or together', states, pairs, { crashes: 2, checks: sweepChecks });
explored('a sweep beside everything, with a lost request or answer anywhere', states, pairs, {
  lost: { count: 1, of: anyCall },
  checks: sweepChecks,
});
explored('a sweep beside everything, without conditional delete, with a crash', states, pairs, {
  capabilities: { conditionalDelete: false },
  crashes: 1,
  checks: sweepChecksWithoutDelete,
});
explored('a sweep beside everything, without conditions, with a crash', unheld, pairs, {
  capabilities: { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false },
  crashes: 1,
  checks: plainSweepChecks,
});
explored(
  'a sweep beside two others, one of them a delete, with a lost answer of a record write',
  ['content without a record', 'expired, of long ago'],
  [createSmall, createLarge].map((other) => [other, remove, sweeping]),
  { lost: { count: 1, of: ofRecords }, checks: sweepChecks },
);
explored(
  'two sweeps beside another operation, with a crash',
  ['expired', 'expired, of long ago'],
  [uploadLarge, remove].map((other) => [sweeping, sweeping, other]),
  { crashes: 1, checks: sweepChecks },
);
