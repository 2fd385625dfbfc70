import type { Check } from './check.ts';
import { createOnly, honestOutcome, linearisable, lostIsNotLost, neverMixed, swapOnce } from './outcome-checks.ts';
import { expiryFound, held, nothingLeaked, readable, tidy, tombstonesEnd } from './storage-checks.ts';

/** What holds on every backend. */
export const commonChecks: readonly Check[] = [readable, neverMixed, nothingLeaked, expiryFound, createOnly];

/** What holds where compare-and-swap is claimed. */
export const allChecks: readonly Check[] = [
  ...commonChecks,
  linearisable,
  swapOnce,
  lostIsNotLost,
  honestOutcome,
  tidy,
  tombstonesEnd,
  held,
];
