import { configuration, ArtifactError } from './errors.ts';
import { problemOfInteger } from './fields.ts';
import { heldBy, plus, sum, type LedgerState, type Reservation } from './ledger-state.ts';

/**
 * How much a store, or one namespace of it, may hold. Needs a backend with `compareAndSwap` and `createIfAbsent`. Every process
 * that writes must be given a quota or `trackUsage`, and their clocks must agree to half a minute.
 */
export interface QuotaOptions {
  /** Bytes of content, expired artifacts included until they are swept. */
  readonly maxBytes?: number | undefined;
  /** Artifacts. */
  readonly maxCount?: number | undefined;
  /**
   * Where the backend cannot compare and swap, check as well as one process can by itself, instead of refusing to write: several
   * processes may then exceed the quota together.
   */
  readonly mode?: 'soft' | undefined;
}

/** Why usage is kept. */
export interface Accounting {
  readonly quota: QuotaOptions | undefined;
  readonly tracked: boolean;
}

/** @throws `CONFIGURATION` with the field */
export function accountingOf(quota: QuotaOptions | undefined, trackUsage = false): Accounting | undefined {
  if (typeof trackUsage !== 'boolean') throw configuration('trackUsage', 'trackUsage is not a boolean');
  if (quota === undefined) return trackUsage ? { quota, tracked: true } : undefined;
  if (typeof quota !== 'object' || quota === null)
    throw configuration('quota', 'quota is not an object: give maxBytes, maxCount or both');
  const { maxBytes, maxCount, mode } = quota;
  for (const [field, limit] of Object.entries({ maxBytes, maxCount })) {
    const problem = limit === undefined ? undefined : problemOfInteger(limit, 0);
    if (problem !== undefined) throw configuration(`quota.${field}`, `quota.${field} ${problem}`);
  }
  if (maxBytes === undefined && maxCount === undefined)
    throw configuration('quota', 'quota limits nothing: give maxBytes, maxCount or both');
  if (mode !== undefined && mode !== 'soft')
    throw configuration('quota.mode', 'quota.mode is unknown: give "soft", or leave it out');
  return { quota: { maxBytes, maxCount, mode }, tracked: trackUsage };
}

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
    return { field, limit, used, reserved, asked: asked[dimension], behind: never ? undefined : others };
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
