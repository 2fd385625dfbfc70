import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Environment } from './environment.ts';

/** Figures of several contenders, round by round. */
export interface Race {
  readonly title: string;
  readonly unit: string;
  /** Whom the others are compared with. */
  readonly baseline: string;
  readonly lanes: readonly { readonly name: string; readonly does: string; readonly rounds: readonly number[] }[];
}

/** Anything else that was measured. */
export interface FactTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface Target {
  readonly what: string;
  readonly measured: number;
  readonly relation: '>=' | '<=' | '=';
  readonly bound: number;
  readonly unit: string;
  readonly met: boolean;
  /** Whether the project asked for it, or it is a harder comparison that is shown as well. */
  readonly asked: boolean;
}

export interface SuiteResult {
  readonly name: string;
  readonly title: string;
  /** How it was measured. */
  readonly about: readonly string[];
  readonly races: readonly Race[];
  readonly tables: readonly FactTable[];
  readonly targets: readonly Target[];
}

export interface Results {
  readonly environment: Environment;
  readonly suites: readonly SuiteResult[];
}

export const repository = dirname(dirname(import.meta.dirname));

/** Where the results of a bench are kept. */
export function resultsPath(name: string): string {
  return join(repository, 'bench', 'results', `${name}.json`);
}

/** Of runs that prove nothing; ignored by git. */
export function provisionalPath(name: string): string {
  return join(repository, '.cache', `bench-${name}.json`);
}

export async function writeResults(path: string, results: Results): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(results, undefined, 2)}\n`);
}

export async function readResults(name: string): Promise<Results> {
  return JSON.parse(await readFile(resultsPath(name), 'utf8')) as Results;
}
