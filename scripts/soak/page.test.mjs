import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { files, readJson, root } from '../lib/workspace.mjs';
import { figuresIn, marker, merged, withRuns } from './page.mjs';
import { parts } from './parts.mjs';

const stored = readJson(join(root, 'bench', 'results', 'reliability.json'));
const page = readFileSync(join(root, 'docs', 'reliability.md'), 'utf8');

const run = {
  part: 'kills',
  date: '2026-11-25T18:30:00Z',
  seed: 7,
  exitCode: 0,
  commit: '0123abcd',
  node: '20.20.2',
  durationSeconds: 90,
  passed: 3,
  failed: 0,
  skipped: 1,
  figures: [{ what: 'kill -9: at random', counts: { kills: 5000, acknowledgements: 12 } }],
};

test('the page says what the runs came to', () => {
  expect(withRuns(page, stored)).toBe(page);
});

test('a run has a row, and so has each of its figures', () => {
  const { date, commit, node, durationSeconds } = run;
  const whole = { date, commit, node, durationSeconds, passed: 5000, failed: 0 };
  const wholeRuns = [whole, { ...whole, failed: 1 }, whole, whole];
  expect(withRuns(`by hand\n\n${marker}stale`, { runs: [run], wholeRuns })).toBe(`by hand

${marker}
## What was tried

| what | how often | part |
| --- | --- | --- |
| kill -9: at random | 5,000 kills, 12 acknowledgements | kills |

## The runs

| part | began | seed | exit code | tests | took | commit | Node |
| --- | --- | --- | --- | --- | --- | --- | --- |
| kills | 2026-11-25T18:30:00Z | 7 | 0 | 3 passed, 0 failed, 1 skipped | 1.5 min | \`0123abcd\` | 20.20.2 |

## Every test, again and again

Of 4 whole runs the last 2 passed, one after the other.

| began | passed | failed | took | commit | Node |
| --- | --- | --- | --- | --- | --- |
| 2026-11-25T18:30:00Z | 5000 | 0 | 1.5 min | \`0123abcd\` | 20.20.2 |
| 2026-11-25T18:30:00Z | 5000 | 1 | 1.5 min | \`0123abcd\` | 20.20.2 |
| 2026-11-25T18:30:00Z | 5000 | 0 | 1.5 min | \`0123abcd\` | 20.20.2 |
| 2026-11-25T18:30:00Z | 5000 | 0 | 1.5 min | \`0123abcd\` | 20.20.2 |
`);
});

test('figures are found among what else a test run prints', () => {
  const output =
    'RUN\nproof: kill -9: at random: 5000 kills, 12 acknowledgements, seed 7\n 3 tests\n ok proof: no\nproof: flips: 8 flips\n';
  expect(figuresIn(output)).toEqual([
    { what: 'kill -9: at random', counts: { kills: 5000, acknowledgements: 12 } },
    { what: 'flips', counts: { flips: 8 } },
  ]);
});

test('a part that is run again replaces what it came to before', () => {
  const again = { ...run, seed: 8 };
  const other = { ...run, part: 'a' };
  expect(merged(merged([run], other), again)).toEqual([other, again]);
});

test('the files of every part exist', () => {
  const tests = files('packages', /\.test\.ts$/);
  const named = Object.values(parts).flatMap((part) => part.files);
  expect(named.filter((name) => tests.every((path) => !path.startsWith(name)))).toEqual([]);
});
