// Which test shows which guarantee. A guarantee without a test fails, unless docs/guarantees.md says "not yet" beside it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, root } from './lib/workspace.mjs';

const retired = 11;
const guarantees = Array.from({ length: 28 }, (_, index) => index + 1)
  .filter((number) => number !== retired)
  .map((number) => `I-${number}`)
  .concat('Retention');

const token = String.raw`(?:I-\d+|Retention)\b`;
// A test: 'I-6 title'. A rule of the testkit: title: 'title', guarantee: 'I-6'.
const testTitle = new RegExp(String.raw`(['"\`])((?:${token}[\s,:/]+)+)((?:(?!\1).)+)\1`, 'g');
const ruleTitle = new RegExp(String.raw`title:\s*(['"\`])((?:(?!\1).)*)\1,\s*guarantee:\s*['"](${token})['"]`, 'g');

const tests = files('packages', /\.ts$/).flatMap((path) => {
  const code = readFileSync(join(root, path), 'utf8');
  const found = (pattern) => [...code.matchAll(pattern)];
  if (path.endsWith('.test.ts')) {
    return found(testTitle).map(([, , names, title]) => ({ path, title, shows: names.match(new RegExp(token, 'g')) }));
  }
  if (!path.startsWith('packages/testkit/src/')) return [];
  return found(ruleTitle).map(([, , title, name]) => ({ path, title, shows: [name] }));
});
const deferred = notYet();

const missing = [];
for (const guarantee of guarantees) {
  const shown = tests.filter((test) => test.shows.includes(guarantee));
  if (shown.length === 0) missing.push(guarantee);
  console.log(`${guarantee.padEnd(10)}${shown.length} tests${shown.length === 0 ? noteFor(guarantee) : ''}`);
  for (const test of shown) console.log(`          ${test.path}: ${test.title}`);
}

const unknown = tests.filter((test) => test.shows.some((name) => !guarantees.includes(name)));
for (const test of unknown) console.log(`unknown guarantee: ${test.path}: ${test.title}`);

const overdue = missing.filter((guarantee) => !deferred.has(guarantee));
const list = (names) => (names.length === 0 ? 'none' : names.join(' '));
console.log(`without a test, said to be not yet: ${list(missing.filter((guarantee) => deferred.has(guarantee)))}`);
console.log(`without a test: ${list(overdue)}`);
console.log(`${guarantees.length - missing.length} of ${guarantees.length} guarantees have a test`);
process.exitCode = overdue.length > 0 || unknown.length > 0 ? 1 : 0;

function noteFor(guarantee) {
  return deferred.has(guarantee) ? ' (not yet)' : ' (MISSING)';
}

function notYet() {
  const path = join(root, 'docs', 'guarantees.md');
  if (!existsSync(path)) return new Set();
  const lines = readFileSync(path, 'utf8').split('\n');
  return new Set(
    lines.filter((line) => /not yet/i.test(line)).flatMap((line) => line.match(new RegExp(token, 'g')) ?? []),
  );
}
