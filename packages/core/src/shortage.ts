import { ArtifactError } from './errors.ts';
import { heldBy, plus, sum, type LedgerState, type Reservation } from './ledger-state.ts';
import type { QuotaOptions } from './quota.ts';

/** What an upload met that does not fit. */
export interface Shortage {
  readonly field: 'quota.maxBytes' | 'quota.maxCount';
  readonly limit: number;
  readonly used: number;
  /** By others that are under way. */
  readonly reserved: number;
  readonly asked: number;
  /** What would have to end for it to fit; nothing where even that would not help. */
  readonly behind?: 'leases' | 'uploads of unknown length' | undefined;
}

/** Whether a reservation fits beside everything else. What makes no demand always does. */
export function shortageOf(
  state: LedgerState,
  { maxBytes, maxCount }: QuotaOptions,
  reservation: Reservation,
): Shortage | undefined {
  const asked = heldBy(reservation);
  const firm = sum(state.reservations.filter(({ open }) => open !== true).map(heldBy));
  const open = sum(state.reservations.filter((other) => other.open === true).map(heldBy));
  const leased = sum(state.leases);
  for (const [field, dimension, limit] of [
    ['quota.maxBytes', 'bytes', maxBytes],
    ['quota.maxCount', 'count', maxCount],
  ] as const) {
    if (limit === undefined || asked[dimension] === 0) continue;
    const used = state[dimension];
    const reserved = plus(plus(firm, open), leased)[dimension];
    if (used + reserved + asked[dimension] <= limit) continue;
    const never = used + firm[dimension] + asked[dimension] > limit;
    const others = leased[dimension] > 0 ? 'leases' : 'uploads of unknown length';
    // What a lease was filled with, and was deleted, is known only once that has ended.
    const known = Math.max(0, used);
    return {
      field,
      limit,
      used: known,
      reserved: reserved + used - known,
      asked: asked[dimension],
      behind: never ? undefined : others,
    };
  }
  return undefined;
}

export function quotaExceeded(id: string, { field, limit, used, reserved, asked, behind }: Shortage): ArtifactError {
  const what = field === 'quota.maxBytes' ? 'bytes' : 'artifacts';
  return new ArtifactError(
    'QUOTA_EXCEEDED',
    `artifact "${id}" exceeds the quota of ${limit} ${what}: it asks for ${asked}, ${used} are used and ${reserved} reserved`,
    {
      artifactId: id,
      field,
      expected: limit,
      found: used + reserved + asked,
      quota: { limit, used, reserved, asked },
      // What is only reserved may become free again.
      retryable: behind !== undefined,
    },
  );
}
