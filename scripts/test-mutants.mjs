// Breaks each guarantee in the sources, one fault at a time in a copy of them, and sees whether a test of that guarantee fails. With
// numbers such as `-- I-3` only the faults of these.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seconds, stepLine } from './lib/steps.mjs';
import { cache, install, readJson, root, run, tool } from './lib/workspace.mjs';
import { sourceMutants } from './mutants/index.mjs';

const copy = join(cache, 'mutants');
const resultFile = join(cache, 'mutants.json');
const startedAt = performance.now();

await install();
const asked = process.argv.slice(2);
const mutants = sourceMutants.filter(({ guarantee }) => asked.length === 0 || asked.includes(guarantee));
copySources();
const sound = await runTests(mutants);
if (sound.passed === 0 || sound.failed.length > 0) {
  console.error(['The tests fail on sources without a fault:', ...sound.failed, sound.output].join('\n'));
  process.exit(1);
}

let survived = 0;
for (const mutant of mutants) {
  const began = performance.now();
  const verdict = await judge(mutant);
  if (verdict !== 'caught') survived += 1;
  console.log(stepLine(verdict, mutant.guarantee, began, `${mutant.source}: ${mutant.fault}`));
}
rmSync(copy, { recursive: true });
console.log(`${mutants.length - survived} of ${mutants.length} mutants are caught, in ${seconds(startedAt)}`);
process.exitCode = survived > 0 || mutants.length === 0 ? 1 : 0;

/** Everything that tests on sources need. What is installed for a package is links, which lead to the packages of the copy. */
function copySources() {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  const sources = [
    'packages',
    'package.json',
    'tsconfig.base.json',
    'vitest.config.ts',
    'scripts/lib/longest-first.ts',
  ];
  for (const name of sources) {
    const filter = (path) => !/\/packages\/[^/]+\/dist$/.test(path);
    cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true, filter });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

async function judge(mutant) {
  const { source, text, replacement } = mutant;
  const path = join(copy, source);
  const code = readFileSync(path, 'utf8');
  const parts = code.split(text);
  if (parts.length !== 2) return 'lost';
  writeFileSync(path, parts.join(replacement));
  const { failed, errors } = await runTests([mutant]);
  writeFileSync(path, code);
  // Code that does not run proves nothing of the test.
  if (errors.some((error) => /^(?:Reference|Syntax)Error/.test(error))) return 'INVALID';
  return failed.length > 0 ? 'caught' : 'SURVIVED';
}

/** Runs the tests of the guarantees that these mutants break, in the files that must see it. */
async function runTests(broken) {
  const unique = (key) => [...new Set(broken.map((mutant) => mutant[key]))];
  const named = String.raw`\b(?:${unique('guarantee').join('|')})\b`;
  rmSync(resultFile, { force: true });
  const reporter = ['--reporter=json', `--outputFile=${resultFile}`];
  const vitest = tool('vitest', 'run', ...reporter, '--testNamePattern', named, ...unique('test'));
  const { output } = await run(vitest, { cwd: copy });
  const { numPassedTests: passed, testResults } = readJson(resultFile);
  const failed = testResults.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'failed');
  return {
    passed,
    failed: failed.map(({ fullName }) => fullName),
    errors: [...failed.flatMap((test) => test.failureMessages), ...testResults.map(({ message }) => message)],
    output,
  };
}
