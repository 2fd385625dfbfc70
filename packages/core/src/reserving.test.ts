import { expect, test } from 'vitest';

import type { LedgerState, Reservation } from './ledger-state.ts';
import { reserving, type Answer } from './reserving.ts';
import { drawn, startTime } from './store.test-helper.ts';

const deadline = startTime + 1;

function asking(reservations: readonly Reservation[], wanted: Reservation, quota = {}): Promise<Answer> {
  const state: LedgerState = { bytes: 0, count: 0, reservations, leases: [] };
  const demand = { wanted: [wanted], instead: undefined, over: undefined };
  return Promise.resolve(reserving(demand, quota, startTime)(state)).then(({ result }) => result);
}

function named(i: number): Reservation {
  return { id: 'a'.repeat(512), revision: drawn(i), bytes: 1, deadline };
}

test('what the ledger has no space to name is not admitted, and what it names already stays so', async () => {
  const full = Array.from({ length: 536 }, (_, i) => named(i));
  expect(await asking(full, named(1000))).toBe('crowded');
  expect(await asking(full, named(7))).toEqual({ admitted: named(7) });
  expect(await asking(full.slice(1), named(1000))).toEqual({ admitted: named(1000) });
});

test('nobody is told that there is no room before all reservations that lapsed were looked at', async () => {
  const lapsed = { ...named(1), deadline: startTime - 1 };
  const shortage = { field: 'quota.maxBytes', limit: 1, used: 0, reserved: 1, asked: 1, behind: undefined };
  expect(await asking([lapsed], named(2), { maxBytes: 1 })).toBe('lapsed');
  expect(await asking([named(1)], named(2), { maxBytes: 1 })).toEqual({ shortage });
  expect(await asking([lapsed], named(2), { maxBytes: 2 })).toEqual({ admitted: named(2) });
});
