import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { panelsOf, picture, rules, rulesTests } from './dashboard.mjs';
import { startLiveProgram } from './live-program.mjs';
import { prometheusUnavailable, startPrometheus } from './server.mjs';

const unavailable = prometheusUnavailable();
const patience = { timeout: 60_000, interval: 250 };
const folder = mkdtempSync(join(tmpdir(), 'artifacts-prometheus-'));
const programs = [];
let prometheus;

beforeAll(async () => {
  if (unavailable !== undefined) return;
  programs.push(await startLiveProgram(), await startLiveProgram('--openmetrics'));
  const ports = programs.map(({ port }) => port);
  prometheus = await startPrometheus({ folder, ports, rules, everyMs: 500 });
});

afterAll(async () => {
  await prometheus?.stop();
  const codes = await Promise.all(programs.map(({ stop }) => stop()));
  rmSync(folder, { recursive: true, force: true });
  if (codes.some((code) => code !== 0)) throw new Error(`the live programs ended with ${codes.join(' and ')}`);
});

test('the rules, their tests and the configuration with them are what promtool wants', (context) => {
  if (unavailable !== undefined) context.skip(unavailable);
  for (const command of [
    ['check', 'rules', rules],
    ['test', 'rules', rulesTests],
    ['check', 'config', prometheus.config],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', command, { encoding: 'utf8' });
    expect(status, `promtool ${command.join(' ')}: ${stdout}${stderr}`).toBe(0);
  }
});

test('every rule has a test', (context) => {
  if (unavailable !== undefined) context.skip(unavailable);
  const alerts = (path) => new Set(readFileSync(path, 'utf8').match(/(?<=alert(?:name)?: )\w+/g));
  expect([...alerts(rules)].toSorted()).toEqual([...alerts(rulesTests)].toSorted());
});

test('of the metrics promtool finds no fault but the names of the two gauges', async (context) => {
  if (unavailable !== undefined) context.skip(unavailable);
  const input = await (await fetch(`http://127.0.0.1:${programs[0].port}`)).text();

  const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });

  expect(`${stdout}${stderr}`.trim().split('\n')).toEqual([
    'artifact_bytes_stored_total non-counter metrics should not have "_total" suffix',
    'artifact_count_total non-counter metrics should not have "_total" suffix',
  ]);
});

test.each(panelsOf('10s').map(({ title, queries }) => [title, queries]))(
  'the panel "%s" shows data of a program at work',
  async (_, queries, context) => {
    if (unavailable !== undefined) context.skip(unavailable);
    for (const { query } of queries)
      await expect.poll(() => hasData(query), { ...patience, message: `${query} gives data` }).toBe(true);
  },
);

test('the picture has every panel, with a line in it', () => {
  const drawn = readFileSync(picture, 'utf8').split('<g ').slice(1);
  expect(drawn.map((panel) => /class="t"[^>]*>([^<]*)</.exec(panel)[1])).toEqual(
    panelsOf('').map(({ title }) => title),
  );
  expect(drawn.filter((panel) => !panel.includes('<polyline'))).toEqual([]);
});

test('a scrape of OpenMetrics is understood, with its exemplars', async (context) => {
  if (unavailable !== undefined) context.skip(unavailable);
  // Of the last scrape, which may have been late on a busy machine.
  const healths = async () => {
    const { activeTargets } = await prometheus.api('targets');
    return activeTargets.map(({ health, lastError }) => [health, lastError]);
  };
  await expect.poll(healths, patience).toEqual([
    ['up', ''],
    ['up', ''],
  ]);
  const now = Date.now() / 1000;
  const query = 'artifact_operation_duration_seconds_bucket';
  const exemplars = await vi.waitUntil(async () => {
    const found = await prometheus.api('query_exemplars', { query, start: now - 600, end: Date.now() / 1000 });
    return found.length > 0 && found;
  }, patience);
  expect(exemplars.flatMap(({ exemplars: of }) => of)[0].labels.trace_id).toMatch(/^[0-9a-f]{32}$/);
});

/** Whether a query gives a number. */
async function hasData(query) {
  const { result } = await prometheus.api('query', { query });
  return result.some(({ value: [, value] }) => Number.isFinite(Number(value)));
}
