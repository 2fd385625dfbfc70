// Tries far more often what every test run tries a few times, and writes what that came to into docs/reliability.md.
import { installSystemTools } from './lib/system-tools.mjs';
import { runVitest } from './lib/vitest.mjs';
import { install } from './lib/workspace.mjs';
import { figuresIn, merged } from './soak/page.mjs';
import { parts } from './soak/parts.mjs';
import { provenance, record } from './soak/record.mjs';

const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !(part in parts));

if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: the parts are ${Object.keys(parts).join(', ')}`);
  process.exitCode = 1;
} else {
  await install();
  await installSystemTools();
  for (const part of asked.length > 0 ? asked : Object.keys(parts)) {
    const run = await runPart(part);
    record(({ runs }) => ({ runs: merged(runs, run) }));
    if (run.exitCode !== 0) process.exitCode = 1;
  }
}

async function runPart(part) {
  const { files, env } = parts[part];
  const seed = Number(process.env.ARTIFACTS_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const began = new Date();
  const { date, commit, node } = provenance(began);
  console.log(`${part}: began ${date}, seed ${seed}, commit ${commit}, ${JSON.stringify(env)}`);
  const ran = await runVitest({ show: false, files, env: { ...env, ARTIFACTS_TEST_SEED: String(seed) } });
  const { passed, failed, notes, output } = ran;
  console.log(output);
  // What could not be run was not shown to hold.
  const exitCode = failed > 0 || notes.length > 0 ? 1 : 0;
  const durationSeconds = Math.round((Date.now() - began.getTime()) / 1000);
  console.log(`${part}: exit code ${exitCode} after ${durationSeconds} s, seed ${seed}`);
  const counts = { passed, failed, skipped: notes.length };
  return { part, date, seed, exitCode, commit, node, durationSeconds, ...counts, figures: figuresIn(output) };
}
