// Changes the sources that decide whether a record is believed, one place at a time, and sees whether a test fails. Each source is a run of
// its own, so that one can be measured again: `-- signing json`. Results go to bench/results/mutation.json and docs/mutation.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { names, sourceOf } from './mutation/files.mjs';
import { pageOf, pagePath } from './mutation/page.mjs';
import { readResults, resultsPath, summaryOf } from './mutation/results.mjs';
import { install, readJson, root, run, tool } from './lib/workspace.mjs';

await install();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(' ')}: ${names.join(' ')}`);

mkdirSync(join(root, '.cache', 'mutation'), { recursive: true });
for (const name of asked.length > 0 ? asked : names) {
  const report = `.cache/mutation/${name}.json`;
  const date = new Date().toISOString();
  const commit = await commitOf('packages/core/src');
  const stryker = tool('stryker', 'run', 'scripts/mutation/stryker.config.mjs');
  const { code } = await run(stryker, { show: true, env: { MUTATED_SOURCE: sourceOf(name), MUTATION_REPORT: report } });
  if (code !== 0) process.exit(code);
  const results = readResults();
  results[name] = {
    commit,
    date,
    node: process.version,
    ...summaryOf(readJson(join(root, report)), sourceOf(name)),
  };
  writeFileSync(join(root, resultsPath), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(root, pagePath), pageOf(results));
}

/** The commit that is checked out, and whether there is more in the folder than it has. */
async function commitOf(folder) {
  const { output: commit } = await run(['git', 'rev-parse', '--short', 'HEAD']);
  const { output: changed } = await run(['git', 'status', '--porcelain', '--', folder]);
  return changed === '' ? commit.trim() : `changed since ${commit.trim()}`;
}
