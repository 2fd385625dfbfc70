import { configuration } from './errors.ts';
import { problemOfInteger } from './fields.ts';

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

/** What a request may take where usage is kept: the ledger's margins count on it (format: Ledger). */
const maxIdleTimeoutMs = 60_000;

/** @throws `CONFIGURATION` with the field */
export function accountingOf(
  quota: QuotaOptions | undefined,
  trackUsage: boolean | undefined,
  idleTimeoutMs: number,
): Accounting | undefined {
  const accounting = askedFor(quota, trackUsage);
  if (accounting !== undefined && idleTimeoutMs > maxIdleTimeoutMs) {
    throw configuration(
      'idleTimeoutMs',
      `idleTimeoutMs is ${idleTimeoutMs}, and a quota or trackUsage counts on requests of at most a minute: give at most ${maxIdleTimeoutMs}, or neither`,
    );
  }
  return accounting;
}

function askedFor(quota: QuotaOptions | undefined, trackUsage = false): Accounting | undefined {
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
