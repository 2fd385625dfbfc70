import type { Call } from './call.ts';
import { commonChecks, sweepChecks } from './checks.ts';
import { explored } from './explored.test-helper.ts';
import { initialStates, type InitialState } from './initial-states.ts';
import { migrating, operations, resigning, sweeping } from './operations.ts';

const states = Object.keys(initialStates) as InitialState[];
// What needs a hold to begin with cannot exist without compare-and-swap.
const unheld = states.filter((state) => !state.includes('held'));
const others = [...Object.values(operations), resigning];
const { uploadLarge, delete: remove } = operations;
const ofRecords = (call: Call) => call.kind === 'write' && call.key.startsWith('records/');

for (const moving of [resigning, migrating]) {
  const pairs = others.map((other) => [moving, other]);
  explored(`${moving.name} beside everything, crashing alone or together`, states, pairs, { crashes: 2 });
  explored(`${moving.name} beside everything, with a lost answer of a record write`, states, pairs, {
    lost: { count: 1, of: ofRecords },
  });
  explored(
    `${moving.name} beside an upload and a delete, with a crash`,
    ['absent', 'large', 'tombstone'],
    [[moving, uploadLarge, remove]],
    { crashes: 1 },
  );
  explored(`${moving.name} beside a sweep, with a crash`, states, [[moving, sweeping]], {
    crashes: 1,
    checks: sweepChecks,
  });
}
explored(
  'migrate beside everything on a backend that can only create, with a crash',
  unheld,
  Object.values(operations).map((other) => [migrating, other]),
  { capabilities: { compareAndSwap: false, conditionalDelete: false }, checks: commonChecks, crashes: 1 },
);
