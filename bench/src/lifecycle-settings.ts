import type { Settings } from './settings.ts';

export interface LifecycleSettings extends Settings {
  /** Artifacts in the smaller and in the larger store that is swept. */
  readonly stored: readonly [number, number];
  /** How many of them are due. */
  readonly due: number;
  /** Uploads, overwrites and deletes while sweeps run. */
  readonly operations: number;
  readonly atOnce: number;
}

export const full: LifecycleSettings = {
  quick: false,
  seed: 20_261_125,
  rounds: 1,
  stored: [1000, 100_000],
  due: 100,
  operations: 10_000,
  atOnce: 8,
};

/** Shows that everything runs; its figures mean nothing. */
export const quick: LifecycleSettings = { ...full, quick: true, stored: [200, 2000], operations: 400 };
