import { expect, test } from 'vitest';
import { backendsOf, inOrder } from './backends.mjs';
import { readMutants } from './mutants.mjs';
import { guarantees, readStates } from './numbers.mjs';
import { promisedTooEarly } from './promises.mjs';
import { readTests } from './tests.mjs';

const rows = (states) => guarantees.map((name) => `| ${name} | a promise | ${states[name] ?? 'built: `here`'} |`);

test('a guarantee is built, or the page says what there is not', () => {
  const page = rows({ 'I-8': 'not yet: there is no `sweep` for it', 'I-18': 'soon', 'I-27': 'not yet: later' });

  const { states, problems } = readStates(page.join('\n'));

  expect(states.get('I-3')).toEqual({ built: true, absent: undefined });
  expect(states.get('I-8')).toEqual({ built: false, absent: 'sweep' });
  expect(problems).toEqual([
    'docs/guarantees.md: the state of I-18 is neither "built: ..." nor "not yet: there is no ..."',
    'docs/guarantees.md: the state of I-27 is neither "built: ..." nor "not yet: there is no ..."',
  ]);
});

test('every guarantee has one row', () => {
  const page = [
    ...rows({}).filter((row) => !row.includes('I-24 ')),
    '| I-11 | p | built: x |',
    '| I-1 | p | built: x |',
  ];

  expect(readStates(page.join('\n')).problems).toEqual([
    'docs/guarantees.md has I-1 twice',
    'docs/guarantees.md lacks I-24',
    'docs/guarantees.md has I-11, which there is not',
  ]);
});

test('what is not built is named with the words "not yet", or not at all', () => {
  const text = [
    'Not yet: a sweep, and',
    'more sweeps.',
    '',
    '| `QUOTA_EXCEEDED` | a full disk |',
    '| limits | enforced by quotas |',
    '- not yet',
    '- I-18 holds',
    '',
    'After a day a Sweep',
    'removes it.',
  ].join('\n');
  const states = new Map([
    ['I-8', { built: false, absent: 'sweep' }],
    ['I-18', { built: false, absent: 'quota' }],
    ['I-20', { built: true, absent: undefined }],
  ]);

  expect(promisedTooEarly(states, [{ path: 'README.md', text }])).toEqual([
    'README.md:5: "quotas" is not built: leave it out, or say "not yet"',
    'README.md:7: "I-18" is not built: leave it out, or say "not yet"',
    'README.md:9: "Sweep" is not built: leave it out, or say "not yet"',
  ]);
  expect(promisedTooEarly(new Map([['I-8', { built: true }]]), [{ path: 'README.md', text }])).toEqual([]);
});

test('a rule runs on every backend whose tests run the rules, another test on those that it imports', () => {
  const tests = readTests();
  const rule = tests.find(({ title }) => title === 'one script of all operations comes to the same everywhere');

  expect(inOrder(rule.backends).slice(0, 3)).toEqual(['memory', 'local', 's3']);
  expect(rule.runBy).toContain('packages/testkit/src/store-rules.test.ts');
  expect(backendsOf('packages/core/src/upload.test.ts')).toEqual(['memory']);
  expect(backendsOf('packages/core/src/chunks.test.ts')).toEqual([]);
  expect(backendsOf('packages/backend-local/test/crash.test.ts')).toEqual(['local']);
});

test('a broken backend counts for the guarantees of the rules that catch it, a broken protocol for the one that it breaks', () => {
  const { mutants, problems } = readMutants(readTests());

  const of = (fault) => mutants.filter((mutant) => mutant.fault === fault).map(({ guarantee }) => guarantee);
  expect(of('swaps whatever the version is')).toEqual(['I-14']);
  expect(of('says unchanged whatever is there')).toEqual(['I-12']);
  expect(problems).toEqual([]);
});
