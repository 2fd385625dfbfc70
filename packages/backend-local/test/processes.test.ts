import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { localBackend } from '../src/index.ts';
import { temporaryDirectory, textAt, tree } from './support/directory.ts';
import { bundle, run, type Running } from './support/programs.ts';
import { randomFrom, report, seedOfRun } from './support/random.ts';

test('I-14 a counter that six processes raise loses no step', { timeout: 60_000 }, async () => {
  const directory = await temporaryDirectory();
  const program = await bundle('counter', directory);
  const root = join(directory, 'root');
  const backend = localBackend({ root });
  await backend.write('counter', Buffer.from('0'));
  const running = Array.from({ length: 6 }, () => run(program, root, 'process', '100'));
  expect(await Promise.all(running.map(({ ended }) => ended))).toEqual([0, 0, 0, 0, 0, 0]);
  expect(numbersOf(running)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
  expect(await textAt(backend, 'counter')).toBe('600');
});

test('processes that create and delete side by side never stop each other', { timeout: 60_000 }, async () => {
  const directory = await temporaryDirectory();
  const program = await bundle('churn', directory);
  const root = join(directory, 'root');
  const running = ['a', 'b', 'c', 'd'].map((name) => run(program, root, name, '150'));
  expect(await Promise.all(running.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
  // Every delete took the directories that it left empty with it.
  expect(await tree(root)).toEqual(['locks/', 'objects/', 'staging/']);
});

test(
  'I-14 a lock dies with its holder: killed processes lose no acknowledged step and stop nobody',
  { timeout: 120_000 },
  async () => {
    const directory = await temporaryDirectory();
    const program = await bundle('counter', directory);
    const root = join(directory, 'root');
    const backend = localBackend({ root });
    await backend.write('counter', Buffer.from('0'));
    const all: Running[] = [];
    const start = (): Running => {
      const one = run(program, root, 'full', '1000000');
      all.push(one);
      return one;
    };
    const kills = 40;
    const seed = seedOfRun();
    const random = randomFrom(seed);
    report('holders of a lock killed at random moments', { kills }, seed);
    const workers = Array.from({ length: 4 }, start);
    for (let kill = 0; kill < kills; kill += 1) {
      const slot = kill % workers.length;
      const victim = workers[slot] as Running;
      // Not before it works, and then at any moment.
      while (victim.lines.length === 0) await delay(5);
      await delay(random() * 20);
      victim.child.kill('SIGKILL');
      expect(await victim.ended).toBe('SIGKILL');
      workers[slot] = start();
    }
    // Those that are left go on after every kill.
    const reached = workers.map(({ lines }) => lines.length + 3);
    while (workers.some(({ lines }, index) => lines.length < (reached[index] ?? 0))) await delay(5);
    for (const { child } of workers) child.kill('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));

    const numbers = numbersOf(all);
    // No step was acknowledged twice.
    expect(new Set(numbers).size).toBe(numbers.length);
    const last = Number(await textAt(backend, 'counter'));
    expect(last).toBeGreaterThanOrEqual(numbers.at(-1) ?? 0);
    // A killed process may have made one step that it could not tell of.
    expect(last - numbers.length).toBeLessThanOrEqual(all.length);

    await backend.write('counter', Buffer.from('0'));
    await backend.discardUnfinished(new Date(Date.now() + 3_600_000));
    expect(await readdir(join(root, 'locks'))).toEqual([]);
    expect(await readdir(join(root, 'staging'))).toEqual([]);
  },
);

function numbersOf(running: readonly Running[]): number[] {
  return running.flatMap(({ lines }) => lines.map(Number)).toSorted((a, b) => a - b);
}
