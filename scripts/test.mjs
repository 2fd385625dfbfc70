// The one command that proves the repository: everything runs, whatever failed before, and the last line counts.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startS3Servers } from './lib/s3-servers.mjs';
import { runSteps, seconds, stepLine } from './lib/steps.mjs';
import { installSystemTools } from './lib/system-tools.mjs';
import { runVitest } from './lib/vitest.mjs';
import { build, root, tool, tryInstall } from './lib/workspace.mjs';

const check = (name) => [process.execPath, `scripts/${name}.mjs`];

const startedAt = performance.now();
// First of all, because packages may have to be downloaded meanwhile.
const starting = startS3Servers();
if (!(await tryInstall())) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
console.log(stepLine('ok', 'install', startedAt));

const onSources = await runSteps([
  { name: 'build', command: build() },
  { name: 'types', command: check('check-types'), note: true },
  { name: 'dead code', command: tool('knip') },
  { name: 'lint', command: tool('oxlint') },
  { name: 'format', command: tool('oxfmt', '--check', '.') },
  { name: 'sources', command: check('check-sources'), note: true },
  { name: 'dependencies', command: check('check-dependencies'), note: true },
  { name: 'guarantees', command: check('guarantees'), note: true },
  { name: 'coverage', command: tool('vitest', 'run', '--config', 'scripts/mutation/vitest.config.ts', '--coverage') },
  { name: 'workflows', command: check('check-workflows'), note: true },
]);

const onBuild = await runSteps([
  { name: 'packages', command: check('check-packages'), note: true },
  { name: 'consumers', command: check('check-consumers'), note: true },
  { name: 'layouts', command: check('check-install'), note: true },
  { name: 'template', command: check('check-template'), note: true },
  { name: 'api', command: check('check-api'), note: true },
  { name: 'size', command: check('check-size'), note: true },
  { name: 'docs', command: check('check-docs'), note: true },
  { name: 'errors', command: [...check('make-errors'), '--check'], note: true },
  { name: 'reference', command: check('check-reference'), note: true },
  {
    name: 'vectors',
    command: ['python3', 'scripts/verify_vectors.py', 'packages/testkit/vectors'],
    unavailable: vectorsUnavailable,
    note: true,
  },
]);

const servers = await starting;
await installSystemTools();
// After everything else, because most tests race.
const tests = await runVitest({ env: servers.env });
for (const note of tests.notes) console.log(note);

const all = [servers, onSources, onBuild, tests];
const sum = (key) => all.reduce((total, counts) => total + counts[key], 0);
console.log(`done in ${seconds(startedAt)}`);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') > 0 ? 1 : 0;

function vectorsUnavailable() {
  if (!existsSync(join(root, 'scripts', 'verify_vectors.py'))) return 'scripts/verify_vectors.py does not exist';
  if (spawnSync('python3', ['--version']).error !== undefined) return 'python3 is not installed';
  return undefined;
}
