import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Bench, Page } from './bench.ts';
import { describeEnvironment } from './environment.ts';
import { document, suiteReport, summary } from './report.ts';
import { provisionalPath, readResults, repository, resultsPath, writeResults, type SuiteResult } from './results.ts';
import { Scratch } from './scratch.ts';
import type { Settings } from './settings.ts';

/** Runs the suites of these names, or all, and prints their tables as they come. */
export async function runBench<S extends Settings>(
  bench: Bench<S>,
  command: string,
  { quick, only }: { readonly quick: boolean; readonly only: readonly string[] },
): Promise<void> {
  const { name: benchName, suites } = bench;
  const settings = quick ? bench.quick : bench.full;
  const chosen = suites.filter(({ name }) => only.length === 0 || only.includes(name));
  if (chosen.length === 0) throw new Error(`choose from ${suites.map(({ name }) => name).join(', ')}`);
  const scratch = await Scratch.create();
  if (await scratch.isInMemory())
    console.warn(
      `WARNING: ${scratch.root} is in memory, where fsync costs nothing. Set TMPDIR to a folder on a disk.\n`,
    );
  const environment = await describeEnvironment(command, settings, scratch);
  const results: SuiteResult[] = [];
  for (const suite of chosen) {
    const result = await suite.run(settings, scratch);
    results.push(result);
    console.log(`${suiteReport(result)}\n`);
  }
  console.log(summary(results.flatMap(({ targets }) => targets)));
  // Only a whole run at full size is worth keeping.
  const complete = !quick && chosen.length === suites.length;
  await writeResults(complete ? resultsPath(benchName) : provisionalPath(benchName), { environment, suites: results });
  if (complete) await writePage(bench);
}

/** Writes the document anew from the results that were kept. */
export async function writePage(page: Page): Promise<void> {
  await writeFile(join(repository, 'docs', page.file), document(page, await readResults(page.name)));
}
