import { kibibyte, mebibyte, type Settings } from './settings.ts';
import { gibibyte } from './store.ts';

/** How much of everything; the targets are only meant for the full sizes. */
export interface LocalSettings extends Settings {
  readonly small: readonly { readonly bytes: number; readonly objects: number }[];
  readonly atOnce: number;
  /** Uploads of each contender that are watched for fsync. */
  readonly watched: number;
  readonly streamBytes: number;
  /** The chunk sizes of the source of a streamed upload. */
  readonly streamChunks: readonly number[];
  readonly hugeBytes: number;
  readonly sharedBytes: number;
  readonly readers: number;
  readonly rangedBytes: number;
  readonly ranges: number;
  readonly listed: number;
}

export const full: LocalSettings = {
  quick: false,
  seed: 20_261_123,
  rounds: 5,
  small: [
    { bytes: kibibyte, objects: 1000 },
    { bytes: 64 * kibibyte, objects: 400 },
  ],
  atOnce: 16,
  watched: 64,
  streamBytes: 256 * mebibyte,
  streamChunks: [64 * kibibyte, mebibyte],
  hugeBytes: 4 * gibibyte,
  sharedBytes: 256 * mebibyte,
  readers: 100,
  rangedBytes: gibibyte,
  ranges: 200,
  listed: 100_000,
};

/** Shows that everything runs; its figures mean nothing. */
export const quick: LocalSettings = {
  ...full,
  quick: true,
  rounds: 1,
  small: full.small.map(({ bytes }) => ({ bytes, objects: 32 })),
  watched: 16,
  streamBytes: 4 * mebibyte,
  hugeBytes: 32 * mebibyte,
  sharedBytes: 4 * mebibyte,
  readers: 10,
  rangedBytes: 16 * mebibyte,
  ranges: 20,
  listed: 500,
};
