import { mebibyte, type Settings } from './settings.ts';

export interface LifecycleSettings extends Settings {
  /** Artifacts in the smaller and in the larger store that is swept. */
  readonly stored: readonly [number, number];
  /** How many of them are due. */
  readonly due: number;
  /** Uploads, overwrites and deletes while sweeps run. */
  readonly operations: number;
  readonly atOnce: number;
  /** Stores that fill one quota, how many artifacts each of them uploads, and which of these numbers the target is for. */
  readonly writers: number;
  readonly uploads: readonly number[];
  readonly judged: number;
  /** Artifacts that are signed anew. */
  readonly resigned: number;
  /** Artifacts that are verified, and the size of each. */
  readonly verifiedFiles: number;
  readonly verifiedBytes: number;
  readonly verifyRounds: number;
  /** Artifacts that move to a bucket, and the size of the large ones. */
  readonly movedSmall: number;
  readonly movedLarge: number;
  readonly movedLargeBytes: number;
  readonly moveRounds: number;
  readonly moveAtOnce: number;
}

export const full: LifecycleSettings = {
  quick: false,
  seed: 20_261_125,
  rounds: 1,
  stored: [1000, 100_000],
  due: 100,
  operations: 10_000,
  atOnce: 8,
  writers: 32,
  uploads: [100, 200, 400, 800],
  judged: 400,
  resigned: 10_000,
  verifiedFiles: 64,
  verifiedBytes: 16 * mebibyte,
  verifyRounds: 5,
  movedSmall: 10_000,
  movedLarge: 10,
  movedLargeBytes: 16 * mebibyte,
  moveRounds: 3,
  moveAtOnce: 32,
};

/** Shows that everything runs; its figures mean nothing. */
export const quick: LifecycleSettings = {
  ...full,
  quick: true,
  stored: [200, 2000],
  operations: 400,
  uploads: [10, 20],
  judged: 20,
  resigned: 400,
  verifiedFiles: 8,
  verifiedBytes: 4 * mebibyte,
  verifyRounds: 1,
  movedSmall: 300,
  movedLarge: 2,
  movedLargeBytes: 4 * mebibyte,
  moveRounds: 1,
};
