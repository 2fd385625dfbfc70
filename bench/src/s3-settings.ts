import { kibibyte, mebibyte, type Settings } from './settings.ts';
import { gibibyte } from './store.ts';

/** How much of everything; the targets are only meant for the full sizes. */
export interface S3Settings extends Settings {
  readonly smallBytes: number;
  /** Uploaded and downloaded by each contender in a round. */
  readonly objects: number;
  readonly atOnce: number;
  /** Uploaded and downloaded while the stack is sampled. */
  readonly sampled: number;
  /** Artifacts that are listed twice. */
  readonly listed: number;
  readonly streamBytes: number;
  readonly slowBytes: number;
  readonly hugeBytes: number;
  /** Downloads that are opened and never read. */
  readonly unread: number;
  /** Operations on one signal, and after how many of them memory is looked at. */
  readonly operations: readonly number[];
  /** How many share that signal. */
  readonly callers: number;
}

export const full: S3Settings = {
  quick: false,
  seed: 20_261_123,
  rounds: 3,
  smallBytes: kibibyte,
  objects: 2000,
  atOnce: 32,
  sampled: 2000,
  listed: 1000,
  streamBytes: gibibyte,
  slowBytes: 256 * mebibyte,
  hugeBytes: 4 * gibibyte,
  unread: 1000,
  operations: [2000, 10_000],
  callers: 10,
};

/** Shows that everything runs; its figures mean nothing. */
export const quick: S3Settings = {
  ...full,
  quick: true,
  rounds: 1,
  objects: 64,
  sampled: 500,
  listed: 100,
  streamBytes: 32 * mebibyte,
  slowBytes: 16 * mebibyte,
  hugeBytes: 64 * mebibyte,
  unread: 100,
  operations: [400, 800],
  callers: 2,
};
