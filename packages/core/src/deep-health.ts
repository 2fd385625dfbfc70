import { freshName } from './environment.ts';
import { ArtifactError } from './errors.ts';
import type { Look } from './health.ts';
import { probeKey } from './layout.ts';
import { readLedger } from './ledger-object.ts';
import { heldBy, plus, sum } from './ledger-state.ts';
import { tidy } from './markers.ts';
import { clockProblem, limitOfSkew } from './medium-clock.ts';
import type { Storage } from './storage.ts';

const canaryBytes = 32;

/** The storage's time of the canary, and ours before and after it was written. */
interface Moment {
  readonly ofMedium: number;
  readonly before: number;
  readonly after: number;
}

/** What only shows by writing, by the name of the check. */
export function deepLooks(storage: Storage): Record<string, Look> {
  let canary: Promise<Moment> | undefined;
  // One object serves both.
  const sent = () => (canary ??= sendCanary(storage));
  return {
    canary: sent,
    clock: async () => warnOfClock(storage, await sent()),
    ...(storage.environment.accounting?.quota !== undefined && { quota: () => warnOfQuota(storage) }),
  };
}

/** Writes an object, reads it back and deletes it. Its name is its own, so that any number of checks may run at once. */
async function sendCanary(storage: Storage): Promise<Moment> {
  const { now, randomBytes } = storage.environment;
  const key = probeKey(freshName(storage.environment));
  const bytes = randomBytes(canaryBytes);
  let deleted = false;
  try {
    const before = now();
    await storage.put(key, bytes);
    const after = now();
    const found = await storage.get(key, canaryBytes + 1);
    if (found === undefined) throw unfit('is not there when it is read');
    if (Buffer.compare(found.bytes, bytes) !== 0) throw unfit('has other bytes when it is read');
    await storage.delete(key);
    if ((await storage.get(key, 0)) !== undefined) throw unfit('is still there after it was deleted');
    deleted = true;
    return { ofMedium: found.info.modifiedAt.getTime(), before, after };
  } finally {
    if (!deleted) await tidy(storage, [key]);
  }
}

function unfit(problem: string): ArtifactError {
  return new ArtifactError('BACKEND', `what the storage was given ${problem}`);
}

/** How long the write took is no difference of clocks. */
async function warnOfClock({ environment }: Storage, { ofMedium, before, after }: Moment) {
  const now = Math.min(Math.max(ofMedium, before), after);
  const limitMs = limitOfSkew(environment);
  const problem = clockProblem(ofMedium, now, limitMs);
  if (problem !== undefined) throw problem;
  return clockProblem(ofMedium, now, limitMs / 10);
}

/** A full quota is no reason to take a store out of service: it is read and deleted from as before. */
async function warnOfQuota(storage: Storage): Promise<ArtifactError | undefined> {
  const { quota } = storage.environment.accounting ?? {};
  const ledger = await readLedger(storage);
  if (ledger === undefined) return undefined;
  const { state } = ledger;
  const waiting = plus(sum(state.reservations.map(heldBy)), sum(state.leases));
  for (const [field, dimension, limit] of [
    ['quota.maxBytes', 'bytes', quota?.maxBytes],
    ['quota.maxCount', 'count', quota?.maxCount],
  ] as const) {
    const used = state[dimension];
    const reserved = waiting[dimension];
    const left = Math.max(0, (limit ?? Number.POSITIVE_INFINITY) - used - reserved);
    if (limit === undefined || left >= limit / 10) continue;
    const what = dimension === 'bytes' ? 'bytes' : 'artifacts';
    return new ArtifactError('QUOTA_EXCEEDED', `of the quota of ${limit} ${what} ${left} are left`, {
      field,
      expected: limit,
      found: used + reserved,
      quota: { limit, used, reserved, asked: 0 },
    });
  }
  return undefined;
}
