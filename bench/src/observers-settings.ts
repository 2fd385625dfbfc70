import type { Settings } from './settings.ts';

export interface ObserversSettings extends Settings {
  /** Uploaded and downloaded by each lane in a round. */
  readonly objects: number;
  readonly atOnce: number;
  /** Operations on as many ids, and after how many of them each time there is a scrape. */
  readonly hostile: number;
  readonly scrapeEvery: number;
}

export const full: ObserversSettings = {
  quick: false,
  seed: 20_261_125,
  rounds: 15,
  objects: 4000,
  atOnce: 16,
  hostile: 100_000,
  scrapeEvery: 1000,
};

/** Shows that everything runs; its figures mean nothing. */
export const quick: ObserversSettings = {
  ...full,
  quick: true,
  rounds: 1,
  objects: 100,
  hostile: 1000,
  scrapeEvery: 100,
};
