import type { Page } from './bench.ts';
import type { FactTable, Race, Results, SuiteResult, Target } from './results.ts';
import { median, ratio } from './statistics.ts';

/** One suite, as it is printed and as it stands in the document. */
export function suiteReport({ title, about, races, tables, targets }: SuiteResult): string {
  return [
    `## ${title}`,
    ...about,
    ...races.map(raceTable),
    ...tables.map(({ title: heading, columns, rows }) => `### ${heading}\n\n${table(columns, rows)}`),
    ...(targets.length === 0 ? [] : [`### Targets: ${title.toLowerCase()}\n\n${targetTable(targets)}`]),
  ].join('\n\n');
}

/** The whole document. Written from the results alone, so it says what was measured, liked or not. */
export function document({ name, title, about }: Page, results: Results): string {
  const targets = results.suites.flatMap((suite) => suite.targets);
  const { quick } = results.environment.settings;
  return `${[
    `# ${title}`,
    `<!-- Generated from bench/results/${name}.json by \`npm run bench -- tables\`. Do not edit. -->`,
    ...about,
    ...(quick ? ['**A quick run: these figures mean nothing.**'] : []),
    environmentTable(results),
    summary(targets),
    ...results.suites.map(suiteReport),
    `## How to repeat it\n\n\`\`\`sh\n${results.environment.command}\n\`\`\`\n\nIt writes \`bench/results/${name}.json\`, with the figures of every round, and this page. The folder for temporary files (\`TMPDIR\`) must be on a disk.`,
  ].join('\n\n')}\n`;
}

/** How many targets were met, and what was not. Harder comparisons are counted apart. */
export function summary(targets: readonly Target[]): string {
  const asked = targets.filter((target) => target.asked);
  const missed = targets.filter((target) => !target.met);
  const missedTargets = missed.filter((target) => target.asked).length;
  const met = `${asked.length - missedTargets} of ${asked.length} targets met.`;
  if (missed.length === 0) return met;
  const counts = [count(missedTargets, 'target'), count(missed.length - missedTargets, 'harder comparison')];
  const lines = missed.map(
    (target) => `- ${target.what}: ${verdict(target)}${target.asked ? '' : ' (a harder comparison, not a target)'}`,
  );
  return `${met} ${counts.filter((text) => text !== '').join(' and ')} not met:\n\n${lines.join('\n')}`;
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`;
}

function environmentTable({ environment }: Results): string {
  const { command, date, commit, node, openssl, cpu, cores, memoryMiB, kernel, fileSystem, ioThreads, settings } =
    environment;
  return table(
    ['', ''],
    [
      ['command', `\`${command}\``],
      ['date', date],
      ['commit', commit],
      ['node', `${node}, OpenSSL ${openssl}, I/O threads: ${ioThreads}`],
      ['machine', `${cpu}, ${cores} cores, ${memoryMiB} MiB, Linux ${kernel}`],
      ['file system', fileSystem],
      ['rounds', `${settings.rounds}, after one to warm up; seed ${settings.seed}`],
    ],
  );
}

function raceTable({ title, unit, baseline, lanes }: Race): string {
  const reference = lanes.find(({ name }) => name === baseline)?.rounds ?? [];
  const rows = lanes.map(({ name, does, rounds }) => [
    name,
    does,
    median(rounds),
    `${figure(Math.min(...rounds))} to ${figure(Math.max(...rounds))}`,
    ratio(rounds, reference),
  ]);
  const columns = ['contender', 'what it does', `${unit}, median`, 'from to', `times ${baseline}`];
  return `### ${title}\n\n${table(columns, rows)}`;
}

function targetTable(targets: readonly Target[]): string {
  const rows = targets.map((target) => [
    target.what + (target.asked ? '' : ' (harder than asked)'),
    `${target.relation} ${target.bound} ${target.unit}`,
    `${figure(target.measured)} ${target.unit}`,
    target.met ? 'yes' : '**no**',
  ]);
  return table(['target', 'bound', 'measured', 'met'], rows);
}

function verdict({ measured, relation, bound, unit }: Target): string {
  return `${figure(measured)} ${unit}, should be ${relation} ${bound} ${unit}`;
}

function table(columns: readonly string[], rows: FactTable['rows']): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  // A column of numbers reads best from the right.
  const rule = columns.map((_, index) => (rows.every((row) => typeof row[index] === 'number') ? '--:' : '---'));
  const body = rows.map((row) => line(row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell))));
  return [line(columns), line(rule), ...body].join('\n');
}

/** Three digits or so: more would pretend. */
function figure(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 4))).toLocaleString('en', { maximumFractionDigits: 4 });
}
