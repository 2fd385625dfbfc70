import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, root } from '../lib/workspace.mjs';
import { withRuns } from './page.mjs';

const resultsPath = join(root, 'bench', 'results', 'reliability.json');
const pagePath = join(root, 'docs', 'reliability.md');

/** What every record of a run says of where and when it was made. */
export function provenance(began) {
  const changes = git('status', '--porcelain', '--', '.', ':!bench/results', ':!docs/reliability.md');
  const commit = git('rev-parse', '--short=12', 'HEAD') + (changes === '' ? '' : ', changed');
  return { date: `${began.toISOString().slice(0, 19)}Z`, commit, node: process.versions.node };
}

/**
 * Writes down what a run came to, and the page with it.
 *
 * @param {(results: { runs: import('./page.mjs').Run[], wholeRuns: import('./page.mjs').WholeRun[] }) => object} change
 */
export function record(change) {
  const results = readJson(resultsPath);
  const changed = { ...results, ...change(results) };
  writeFileSync(resultsPath, `${JSON.stringify(changed, null, 2)}\n`);
  writeFileSync(pagePath, withRuns(readFileSync(pagePath, 'utf8'), changed));
}

function git(...given) {
  return spawnSync('git', given, { cwd: root, encoding: 'utf8' }).stdout.trim();
}
