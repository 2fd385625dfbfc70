// Draws the dashboard's panels, with what a Prometheus scraped of a program at work, into the package of the metrics.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { installSystemTools } from './lib/system-tools.mjs';
import { build, install, run } from './lib/workspace.mjs';
import { panelsOf, picture, rules } from './prometheus/dashboard.mjs';
import { startLiveProgram } from './prometheus/live-program.mjs';
import { drawPanels } from './prometheus/picture.mjs';
import { prometheusUnavailable, startPrometheus } from './prometheus/server.mjs';

const seconds = 90;
const step = 2;

await install();
await run(build());
await installSystemTools();
const unavailable = prometheusUnavailable();
if (unavailable !== undefined) throw new Error(unavailable);
const folder = mkdtempSync(join(tmpdir(), 'artifacts-prometheus-'));
const program = await startLiveProgram();
const prometheus = await startPrometheus({ folder, ports: [program.port], rules, everyMs: 1000 });
try {
  // The first rates need some scrapes before them.
  await wait((seconds + 12) * 1000);
  const end = Date.now() / 1000;
  const time = { start: end - seconds, end };
  const panels = [];
  for (const panel of panelsOf('10s')) panels.push({ ...panel, lines: await linesOf(panel, time) });
  writeFileSync(picture, drawPanels(panels, time));
} finally {
  await prometheus.stop();
  await program.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function linesOf({ queries }, time) {
  const lines = [];
  for (const { query, legend } of queries) {
    const { result } = await prometheus.api('query_range', { query, step, ...time });
    for (const { metric, values } of result) {
      const points = values.map(([when, value]) => [when, Number(value)]).filter(([, value]) => Number.isFinite(value));
      if (points.length > 0)
        lines.push({ name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label]), points });
    }
  }
  return lines;
}
