import type { Settings } from './settings.ts';

export interface CoreSettings extends Settings {
  /** Uploaded and downloaded by each lane in a round. */
  readonly objects: number;
  readonly atOnce: number;
  /** Uploaded and downloaded while the stack is sampled. */
  readonly sampled: number;
  /** Artifacts that are listed twice: as many as the cache of records holds by default, and more. */
  readonly listed: number;
  readonly overfull: number;
  /** Operations on one signal, and after how many of them memory is looked at. */
  readonly operations: readonly number[];
  /** How many share that signal. */
  readonly callers: number;
  /** Downloads that are opened and never read. */
  readonly unread: number;
}

export const full: CoreSettings = {
  quick: false,
  seed: 20_261_123,
  rounds: 9,
  objects: 5000,
  atOnce: 16,
  sampled: 20_000,
  listed: 10_000,
  overfull: 20_000,
  operations: [20_000, 100_000, 200_000],
  callers: 20,
  unread: 10_000,
};

/** Shows that everything runs; its figures mean nothing. */
export const quick: CoreSettings = {
  ...full,
  quick: true,
  rounds: 1,
  objects: 100,
  sampled: 1000,
  listed: 200,
  overfull: 400,
  operations: [4000, 8000, 12_000],
  unread: 200,
};
