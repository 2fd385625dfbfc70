import { freshName, type Environment } from './environment.ts';
import { ArtifactError } from './errors.ts';
import { probeKey } from './layout.ts';
import { tidy } from './markers.ts';
import type { ReadObject, Storage } from './storage.ts';

/** How far two clocks may be apart, in milliseconds: what is judged by time is judged this much later. */
export const maxClockSkewMs = 5 * 60 * 1000;
/** A reservation ends by one clock and is committed by another, which stops that much and a minute before. */
const maxSkewOfLedgerMs = 30 * 1000;

/** What time it is for the medium, by an object written for that; `undefined` when it is gone before it is read. */
export async function clockOfMedium(storage: Storage): Promise<number | undefined> {
  const key = probeKey(freshName(storage.environment));
  let probe: ReadObject | undefined;
  try {
    await storage.put(key, new Uint8Array(0));
    probe = await storage.get(key, 0);
  } finally {
    await tidy(storage, [key]);
  }
  return probe?.info.modifiedAt.getTime();
}

/** How far the clock of this store may be off. */
export function limitOfSkew({ accounting }: Environment): number {
  return accounting === undefined ? maxClockSkewMs : maxSkewOfLedgerMs;
}

/** What is judged by time trusts this clock, so it must not be far from the medium's. @throws `CONFIGURATION` */
export function requireClock(ofMedium: number | undefined, now: number, limitMs: number = maxClockSkewMs): void {
  const problem = clockProblem(ofMedium, now, limitMs);
  if (problem !== undefined) throw problem;
}

/** The same as an error that nobody has thrown yet. */
export function clockProblem(ofMedium: number | undefined, now: number, limitMs: number): ArtifactError | undefined {
  const skew = ofMedium === undefined ? 0 : Math.abs(ofMedium - now);
  if (skew <= limitMs) return undefined;
  return new ArtifactError(
    'CONFIGURATION',
    `the clock is ${Math.round(skew / 1000)} s off the storage's: set it, the limit is ${limitMs / 1000} s`,
    {
      field: 'now',
      expected: limitMs,
      found: skew,
    },
  );
}
