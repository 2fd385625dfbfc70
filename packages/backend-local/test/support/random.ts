/** Numbers from 0 to below 1, the same ones for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** The seed of this run: what `ARTIFACTS_TEST_SEED` says, to run one again, or another every time. */
export function seedOfRun(): number {
  return Number(process.env['ARTIFACTS_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
}

/** How often something is tried: what the variable says, as the nightly run does, or `usual`. */
export function times(variable: string, usual: number): number {
  return Number(process.env[variable] ?? usual);
}

/** Prints what was tried, in the form that the nightly run collects, and by which seed unless nothing was random. */
export function report(what: string, counts: Readonly<Record<string, number>>, seed?: number): void {
  const shown = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  process.stdout.write(`proof: ${what}: ${shown.join(', ')}${seed === undefined ? '' : `, seed ${seed}`}\n`);
}
