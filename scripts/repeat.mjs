// Runs all tests again and again, and says which of them did not always come to the same. What runs of every test came to is
// written into docs/reliability.md.
import { startS3Servers } from './lib/s3-servers.mjs';
import { seconds } from './lib/steps.mjs';
import { installSystemTools } from './lib/system-tools.mjs';
import { runVitest } from './lib/vitest.mjs';
import { build, install, run } from './lib/workspace.mjs';
import { provenance, record } from './soak/record.mjs';

const [times = '20', ...files] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(times)) {
  console.error('usage: npm run test:repeat [-- TIMES [TEST FILE...]]');
  process.exit(1);
}
const starting = startS3Servers();
await install();
const built = await run(build());
if (built.code !== 0) {
  console.error(built.output);
  process.exit(1);
}
const { env } = await starting;
await installSystemTools();

const failures = new Map();
let broken = 0;
for (let time = 1; time <= Number(times); time += 1) {
  const [began, startedAt] = [new Date(), performance.now()];
  const { passed, failed, failures: names, notes, output } = await runVitest({ show: false, files, env });
  console.log(`${time} of ${times}: ${passed} passed, ${failed} failed, ${notes.length} notes, ${seconds(startedAt)}`);
  if (files.length === 0) {
    const durationSeconds = Math.round((performance.now() - startedAt) / 1000);
    const whole = { ...provenance(began), durationSeconds, passed, failed };
    record(({ wholeRuns }) => ({ wholeRuns: [...wholeRuns, whole] }));
  }
  if (failed === 0) continue;
  broken += 1;
  console.log(output.trimEnd().replaceAll(/^/gm, '  | '));
  for (const name of names) failures.set(name, (failures.get(name) ?? 0) + 1);
}
for (const [name, count] of failures) console.log(`failed ${count} of ${times} times: ${name}`);
console.log(`${Number(times) - broken} of ${times} runs passed`);
process.exitCode = broken > 0 ? 1 : 0;
