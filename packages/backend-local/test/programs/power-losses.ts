import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { localBackend } from '../../src/index.ts';
import { Disk, type FileSystemKind } from '../support/disk.ts';
import { History, type Value } from '../support/history.ts';
import { run } from '../support/programs.ts';
import { randomFrom } from '../support/random.ts';
import { numbered, numbersIn, subjectOf } from '../support/subject.ts';

// power-losses <directory> <file system> <losses> <seed> <writer program> [flaw]: what becomes of what a writer acknowledged. The
// first line says that this runs at all, the last one what came of it, as JSON: `unavailable`, `lost`, or the counts alone.
const [, , directory = '', fileSystem = '', losses = '0', seed = '0', writer = '', flaw = 'none'] = process.argv;
const lossesOfLife = 5;
const random = randomFrom(Number(seed));
const counts = { losses: 0, acknowledgements: 0 };

function say(outcome: object): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}

/** A writer at work, the power lost a few times meanwhile, and each time another look at what is left. */
async function life(disk: Disk, before: ReadonlyMap<string, Value>, number: number): Promise<History> {
  const given = ['store', String(number), String(Number(seed) + counts.losses), flaw];
  const { child, lines, ended } = run(writer, join(disk.path, 'root'), ...given);
  const history = new History(lines, before);
  while (child.exitCode === null && history.acknowledgements() < 3) await delay(1);
  const copies: { readonly image: string; readonly until: number }[] = [];
  while (copies.length < lossesOfLife && counts.losses + copies.length < Number(losses)) {
    const enough = history.acknowledgements() + Math.floor(random() * 3);
    while (child.exitCode === null && history.acknowledgements() < enough) await delay(1);
    await delay(random() * 20);
    // Of what is acknowledged from now on nobody had heard.
    const until = history.length;
    copies.push({ image: await disk.losePower(), until });
  }
  child.kill('SIGKILL');
  if ((await ended) !== 'SIGKILL') throw new Error('the writer ended by itself');
  for (const { image, until } of copies) {
    counts.losses += 1;
    await disk.recover(image, (path) => examine(join(path, 'root'), history, until));
  }
  counts.acknowledgements += history.acknowledgements();
  return history;
}

async function examine(root: string, history: History, until: number): Promise<void> {
  const backend = localBackend({ root });
  history.assertExplains(await numbersIn(subjectOf('store', backend)), `after loss ${counts.losses}`, until);
  // What was left half done is in nobody's way.
  await backend.discardUnfinished(new Date(Date.now() + 3_600_000));
  const store = subjectOf('store', backend);
  for (const key of ['worker-0/0', 'worker-1/0']) {
    await store.write(key, numbered(key, 0, Buffer.from('after')), false);
    await store.read(key);
  }
}

async function loseRepeatedly(disk: Disk): Promise<void> {
  let before: ReadonlyMap<string, Value> = new Map();
  let number = 1;
  while (counts.losses < Number(losses)) {
    const history = await life(disk, before, number);
    const backend = localBackend({ root: join(disk.path, 'root') });
    before = await numbersIn(subjectOf('store', backend));
    number = Math.max(number, history.nextNumber());
    await backend.discardUnfinished(new Date(Date.now() + 3_600_000));
  }
}

say(counts);
let disk: Disk | undefined;
try {
  disk = await Disk.make(directory, fileSystem as FileSystemKind);
} catch (error) {
  say({ unavailable: error instanceof Error ? error.message : String(error) });
}
if (disk !== undefined) {
  try {
    await loseRepeatedly(disk);
    say(counts);
  } catch (error) {
    say({ lost: error instanceof Error ? error.message : String(error), ...counts });
  }
}
