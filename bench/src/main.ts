import { parseArgs } from 'node:util';

import { core } from './core.ts';
import { lifecycle } from './lifecycle.ts';
import { local } from './local.ts';
import { observers } from './observers.ts';
import { runBench, writePage } from './run.ts';
import { s3 } from './s3.ts';
import { performTask } from './tasks/all.ts';

const usage = `npm run bench -- local [--quick] [--only SUITE]...   measure the store on a directory, beside its peers, and print
npm run bench -- core [--quick] [--only SUITE]...    measure what core itself costs and leaves behind, and print
npm run bench -- s3 [--quick] [--only SUITE]...      measure the store on an S3 server, beside its peers, and print
npm run bench -- lifecycle [--quick] [--only SUITE]... measure what sweeps cost and whether they lose anything, and print
npm run bench -- observers [--quick] [--only SUITE]... measure what it costs to be watched, and print
npm run bench -- tables                              write docs/benchmarks*.md from the last full runs`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] } },
});
const [command, ...rest] = positionals;
const typed = ['npm run bench --', ...process.argv.slice(2)].join(' ');

if (command === 'local') {
  await runBench(local, typed, values);
} else if (command === 'core') {
  await runBench(core, typed, values);
} else if (command === 's3') {
  await runBench(s3, typed, values);
} else if (command === 'lifecycle') {
  await runBench(lifecycle, typed, values);
} else if (command === 'observers') {
  await runBench(observers, typed, values);
} else if (command === 'tables') {
  await writePage(local);
  await writePage(core);
  await writePage(s3);
  await writePage(lifecycle);
  await writePage(observers);
} else if (command === 'task') {
  // How the program calls itself, for what needs a process of its own.
  await performTask(rest[0] ?? '', rest[1] ?? '{}');
} else {
  console.error(usage);
  process.exitCode = 2;
}
