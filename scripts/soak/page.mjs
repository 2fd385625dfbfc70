import { alphabetically } from '../lib/workspace.mjs';

/**
 * What one part of a run came to.
 *
 * @typedef {object} Run
 * @property {string} part
 * @property {string} date When it began, in UTC.
 * @property {number} seed
 * @property {number} exitCode
 * @property {string} commit
 * @property {string} node
 * @property {number} durationSeconds
 * @property {number} passed Tests.
 * @property {number} failed
 * @property {number} skipped
 * @property {Figure[]} figures
 *
 * @typedef {object} Figure
 * @property {string} what
 * @property {Record<string, number>} counts
 */

export const marker =
  '<!-- Below: made by `npm run test:soak` and `npm run test:repeat` from bench/results/reliability.json. -->\n';

/**
 * One run of every test.
 *
 * @typedef {Pick<Run, 'date' | 'commit' | 'node' | 'durationSeconds' | 'passed' | 'failed'>} WholeRun
 */

/**
 * What tests said that they tried, in lines such as `proof: kill -9 at random moments: 200 kills, seed 7`.
 *
 * @param {string} output
 * @returns {Figure[]}
 */
export function figuresIn(output) {
  const lines = output.matchAll(/^proof: (.+): ([^:\n]+)$/gm);
  return Array.from(lines, ([, what, said]) => ({
    what,
    counts: Object.fromEntries(
      Array.from(said.matchAll(/(\d+) ([a-z ]+)/g), ([, count, name]) => [name, Number(count)]),
    ),
  }));
}

/**
 * The last run of each part.
 *
 * @param {Run[]} before
 * @param {Run} run
 */
export function merged(before, run) {
  const others = before.filter(({ part }) => part !== run.part);
  return [...others, run].toSorted((a, b) => alphabetically(a.part, b.part));
}

/**
 * The page with what the runs came to below its marker. What stands above is written by hand.
 *
 * @param {string} page
 * @param {{ runs: Run[], wholeRuns: WholeRun[] }} results
 */
export function withRuns(page, { runs, wholeRuns }) {
  const [byHand] = page.split(marker);
  const tried = runs.flatMap(({ part, figures }) => figures.map(({ what, counts }) => [what, listed(counts), part]));
  const ran = runs.map((run) => [
    run.part,
    run.date,
    run.seed,
    run.exitCode,
    `${run.passed} passed, ${run.failed} failed, ${run.skipped} skipped`,
    minutes(run.durationSeconds),
    `\`${run.commit}\``,
    run.node,
  ]);
  const head = ['part', 'began', 'seed', 'exit code', 'tests', 'took', 'commit', 'Node'];
  return `${byHand}${marker}
## What was tried

${table(['what', 'how often', 'part'], tried)}
## The runs

${table(head, ran)}
## Every test, again and again

${inARow(wholeRuns)}

${table(
  ['began', 'passed', 'failed', 'took', 'commit', 'Node'],
  wholeRuns.map((run) => [
    run.date,
    run.passed,
    run.failed,
    minutes(run.durationSeconds),
    `\`${run.commit}\``,
    run.node,
  ]),
)}`;
}

function inARow(wholeRuns) {
  const since = wholeRuns.findLastIndex(({ failed }) => failed > 0);
  return `Of ${wholeRuns.length} whole runs the last ${wholeRuns.length - 1 - since} passed, one after the other.`;
}

function listed(counts) {
  return Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString('en-US')} ${name}`)
    .join(', ');
}

function minutes(seconds) {
  return `${(seconds / 60).toFixed(1)} min`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  return [head, head.map(() => '---'), ...rows].map(line).join('');
}
