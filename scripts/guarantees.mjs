// Which tests show which guarantee, on which backends, and which mutants show that these tests bite. With numbers such as `-- I-6` their
// tests and mutants, too. Fails for a guarantee that is said to be built and has no test or no mutant, and for a README that
// promises one that is not.
import { inOrder } from './guarantees/backends.mjs';
import { readMutants } from './guarantees/mutants.mjs';
import { guarantees, readStates } from './guarantees/numbers.mjs';
import { promisedTooEarly } from './guarantees/promises.mjs';
import { readTests } from './guarantees/tests.mjs';
import { report } from './lib/workspace.mjs';

const asked = new Set(process.argv.slice(2));
const { states, problems } = readStates();
const tests = readTests();
const { mutants, problems: lostMutants } = readMutants(tests);
problems.push(...lostMutants, ...promisedTooEarly(states));

for (const name of asked) if (!guarantees.includes(name)) problems.push(`there is no guarantee ${name}`);
for (const { path, title, shows } of tests) {
  for (const name of shows) if (!guarantees.includes(name)) problems.push(`${path}: there is no ${name}: ${title}`);
}

printRow(['guarantee', 'tests', 'mutants', 'backends']);
for (const guarantee of guarantees) {
  const shown = tests.filter(({ shows }) => shows.includes(guarantee));
  const broken = mutants.filter((mutant) => mutant.guarantee === guarantee);
  const backends = inOrder(shown.flatMap((test) => test.backends));
  const { built = false, absent } = states.get(guarantee) ?? {};
  const where = built ? backends.join(' ') : `not yet: ${absent}`;
  printRow([guarantee, shown.length, broken.length, where || 'no storage']);
  if (built && shown.length === 0) problems.push(`${guarantee} is built and has no test`);
  if (built && broken.length === 0) problems.push(`${guarantee} is built and has no mutant`);
  if (!asked.has(guarantee)) continue;
  for (const { path, title, backends: on } of shown)
    console.log(`  test    ${path}: ${title} (${on.join(' ') || 'no storage'})`);
  for (const { path, fault } of broken) console.log(`  mutant  ${path}: ${fault}`);
}

const built = guarantees.filter((guarantee) => states.get(guarantee)?.built);
report(
  problems,
  `${built.length} of ${guarantees.length} guarantees are built, each with tests and mutants, ${mutants.length} mutants in all`,
);

function printRow([guarantee, shown, broken, where]) {
  console.log(`${guarantee.padEnd(11)}${String(shown).padStart(5)}  ${String(broken).padStart(7)}  ${where}`);
}
