import type { SuiteResult } from './results.ts';
import type { Scratch } from './scratch.ts';
import type { Settings } from './settings.ts';

export interface Suite<S extends Settings> {
  readonly name: string;
  run(settings: S, scratch: Scratch): Promise<SuiteResult>;
}

/** What the page of a bench says besides its results. */
export interface Page {
  /** Names the command and the file of results. */
  readonly name: string;
  /** Under `docs/`. */
  readonly file: string;
  readonly title: string;
  readonly about: readonly string[];
}

/** Suites that are run, kept and published together. */
export interface Bench<S extends Settings> extends Page {
  readonly full: S;
  /** Shows that everything runs; its figures mean nothing. */
  readonly quick: S;
  readonly suites: readonly Suite<S>[];
}
