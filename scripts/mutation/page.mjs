import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/workspace.mjs';
import { equivalents } from './equivalents.mjs';
import { names } from './files.mjs';
import { scoreOf } from './results.mjs';

export const pagePath = 'docs/mutation.md';
const marker = '<!-- Below: written by `npm run test:mutation` from bench/results/mutation.json. -->\n';

/** The page: what stands above its marker is written by hand. @param {Record<string, import('./results.mjs').Result>} results */
export function pageOf(results, old = readFileSync(join(root, pagePath), 'utf8')) {
  const measured = names.filter((name) => results[name] !== undefined).map((name) => ({ name, ...results[name] }));
  const [head] = old.split(marker);
  return [
    head + marker,
    '## The score\n',
    '| source | mutants | seen by a failure | by a test that never ended | not seen | score | commit | date | Node |',
    '|---|---|---|---|---|---|---|---|---|',
    ...measured.map((result) => rowOf(result.name, [result], [result.commit, result.date.slice(0, 10), result.node])),
    rowOf('all', measured, ['', '', '']),
    '\n## What was not seen\n',
    ...measured.flatMap(({ name, survivors }) => survivors.map((survivor) => itemOf(name, survivor))),
    '',
  ].join('\n');
}

function rowOf(name, results, rest) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const unseen = results.reduce((total, { survivors }) => total + survivors.length, 0);
  const counts = [sum('killed') + sum('timeout') + unseen, sum('killed'), sum('timeout'), unseen];
  return `| ${[name, ...counts, `${scoreOf(results).toFixed(1)} %`, ...rest].join(' | ')} |`;
}

function itemOf(name, { line, original, replacement }) {
  const known = equivalents.find(
    (each) => each.source === name && each.original === original && each.replacement === replacement,
  );
  return `- ${name}, line ${line}, ${code(original)} as ${code(replacement)}: ${known?.reason ?? 'no test sees it yet.'}`;
}

function code(text) {
  const ticks = '`'.repeat(1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)));
  const space = ticks.length > 1 || text === '' ? ' ' : '';
  return ticks + space + text + space + ticks;
}
