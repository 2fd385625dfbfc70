import type { Check } from './check.ts';
import {
  createOnly,
  honestOutcome,
  linearisable,
  liveStays,
  lostIsNotLost,
  neverMixed,
  swapOnce,
} from './outcome-checks.ts';
import {
  expiryFound,
  held,
  nothingLeaked,
  readable,
  sweptButTombstones,
  sweptClean,
  tidy,
  tombstonesEnd,
} from './storage-checks.ts';

/** What holds on every backend. */
export const commonChecks: readonly Check[] = [readable, neverMixed, nothingLeaked, expiryFound, createOnly];

const outcomeChecks: readonly Check[] = [linearisable, swapOnce, honestOutcome, held];

/** What holds where compare-and-swap is claimed. */
export const allChecks: readonly Check[] = [...commonChecks, ...outcomeChecks, lostIsNotLost, tidy, tombstonesEnd];

/** What holds beside a sweep, which may leave a marker to the next one. */
export const sweepChecks: readonly Check[] = [...commonChecks, ...outcomeChecks, tombstonesEnd, liveStays, sweptClean];

/** The same without conditional delete. A tombstone that was swept stays, and nothing leads to it. */
export const sweepChecksWithoutDelete: readonly Check[] = [
  ...commonChecks,
  ...outcomeChecks,
  liveStays,
  sweptButTombstones,
];

/** The same without any condition. */
export const plainSweepChecks: readonly Check[] = [...commonChecks, liveStays];
