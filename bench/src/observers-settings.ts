import type { Settings } from './settings.ts';

export interface ObserversSettings extends Settings {
  /** Uploaded and downloaded by each lane in a round. */
  readonly objects: number;
  readonly atOnce: number;
  /** Operations on as many ids, and how many went before the series were counted first. */
  readonly hostile: number;
  readonly warm: number;
  readonly scrapes: number;
}

export const full: ObserversSettings = {
  quick: false,
  seed: 20_261_125,
  rounds: 15,
  objects: 4000,
  atOnce: 16,
  hostile: 100_000,
  warm: 100,
  scrapes: 50,
};

/** Shows that everything runs; its figures mean nothing. */
export const quick: ObserversSettings = {
  ...full,
  quick: true,
  rounds: 1,
  objects: 100,
  hostile: 1000,
  scrapes: 3,
};
