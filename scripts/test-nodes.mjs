// Every test, and the packed packages, on every supported line of Node, and on the next one where it can be had.
import { delimiter, join } from 'node:path';
import { layouts, makeProject, withTarballs, workspace } from './lib/consumers.mjs';
import { installNode } from './lib/nodes.mjs';
import { startS3Servers } from './lib/s3-servers.mjs';
import { seconds } from './lib/steps.mjs';
import { installSystemTools } from './lib/system-tools.mjs';
import { runVitest } from './lib/vitest.mjs';
import { build, install, run } from './lib/workspace.mjs';

const supported = ['20.19', '22', '24'];
const next = ['26'];
const asked = process.argv.slice(2);
const lines = asked.length > 0 ? asked : [...supported, ...next];

await install();
const built = await run(build());
if (built.code !== 0) {
  console.error(built.output);
  process.exit(built.code);
}
const servers = await startS3Servers();
await installSystemTools();

const npm = layouts.find(({ name }) => name === 'npm');
const outcomes = await withTarballs(async (place) => {
  const all = [];
  // One after the other, because some tests measure and most of them race.
  for (const line of lines) all.push(await tryLine(line, place));
  return all;
});
process.exitCode = outcomes.includes('failed') || servers.failed > 0 ? 1 : 0;

async function tryLine(line, place) {
  const startedAt = performance.now();
  const binaries = await installNode(line);
  if (binaries === undefined) {
    console.log(`${next.includes(line) ? 'SKIPPED' : 'FAILED '} ${line}: cannot be installed`);
    return next.includes(line) ? 'skipped' : 'failed';
  }
  const { passed, failed, notes, output } = await runVitest({
    show: false,
    // For vitest itself, and for whatever its tests start by name.
    env: { ...servers.env, PATH: `${binaries}${delimiter}${process.env.PATH}` },
  });
  const node = join(binaries, 'node');
  // A project for each line: what the programs of another one have stored was signed with other keys.
  const projects = [await makeProject(place, { ...npm, name: `npm-${line}` }), workspace];
  const problems = [];
  for (const { programs, problemsOf } of projects)
    for (const program of programs) problems.push(...(await problemsOf(program, node)));
  const count = projects.flatMap(({ programs }) => programs).length;

  const { output: version } = await run([node, '--version']);
  const state = failed === 0 && problems.length === 0 ? 'ok' : 'FAILED';
  const ofPrograms = `${count - problems.length} of ${count} programs`;
  console.log(
    `${state.padEnd(7)} ${version.trim().padEnd(10)} ${passed} passed, ${failed} failed, ${ofPrograms}  ${seconds(startedAt)}`,
  );
  for (const note of notes.filter((text) => text.startsWith('SKIPPED'))) console.log(note);
  if (state === 'ok') return 'ok';
  for (const text of failed > 0 ? [output, ...problems] : problems) {
    console.log(text.trimEnd().replaceAll(/^/gm, '  | '));
  }
  return 'failed';
}
