import assert from 'node:assert/strict';

import * as fc from 'fast-check';

/** How many examples of each property are tried: more in the nightly run. */
const runs = Number(process.env['ARTIFACTS_TEST_RUNS'] ?? 1000);

/** Enough for a busy machine. */
export const timeout = 120_000 + runs * 60;

/** What `ARTIFACTS_TEST_SEED` says, to run one again, or another every time. */
function seedOfRun(): number {
  return Number(process.env['ARTIFACTS_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
}

/** Fails with the smallest example found that breaks the property, its seed and its path. Prints what was tried. */
export async function assertProperty<Ts>(what: string, property: fc.IAsyncProperty<Ts>): Promise<void> {
  const seed = seedOfRun();
  await fc.assert(property, { seed, numRuns: runs });
  process.stdout.write(`proof: ${what}: ${runs} runs, seed ${seed}\n`);
}

/** Fails with its seed when none of `numRuns` examples breaks the property, as one must of what is known to be broken. */
export async function assertRefuted<Ts>(property: fc.IAsyncProperty<Ts>, numRuns: number): Promise<void> {
  const seed = seedOfRun();
  const { failed } = await fc.check(property, { seed, numRuns, endOnFailure: true });
  assert.ok(failed, `not one of ${numRuns} examples broke the property, seed ${seed}`);
}
