import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ArtifactStore, generateKey, keyringFromText } from '@artifacts/core';
import { expect, test } from 'vitest';

import { localBackend } from '../src/index.ts';
import { temporaryDirectory } from './support/directory.ts';
import type { Flaw } from './support/flaws.ts';
import { bundle, run, watch } from './support/programs.ts';
import { report, seedOfRun, times } from './support/random.ts';

const rounds = times('ARTIFACTS_TEST_ROUNDS', 200);
const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const timeout = 120_000 + rounds * 500;

test(
  'I-13 I-14 of six processes exactly one creates an artifact, and exactly one replaces its first version',
  { timeout },
  async () => {
    const directory = await temporaryDirectory();
    const program = await bundle('racer', directory);
    const root = join(directory, 'root');
    const key = generateKey();
    const count = Math.ceil(rounds / 4);
    const racing = names.map((name) =>
      watch(spawn(process.execPath, [program, root, name, key, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] })),
    );
    while (racing.some(({ lines }) => lines.length === 0)) await delay(5);
    for (const { child } of racing) child.stdin?.write('go\n');
    expect(await Promise.all(racing.map(({ ended }) => ended))).toEqual(names.map(() => 0));

    const ids = Array.from({ length: count }, (_, index) => `id-${index}`);
    const won = racing.flatMap(({ lines }) => lines).filter((line) => line !== 'ready');
    expect(won.toSorted()).toEqual(
      [...ids.map((id) => `created ${id}`), ...ids.map((id) => `replaced ${id}`)].toSorted(),
    );
    const backend = localBackend({ root });
    const store = new ArtifactStore({ backend, signing: keyringFromText(`k=${key}`), audience: 'races' });
    for (const id of ids) {
      const download = await store.download(id);
      expect(download.metadata.generation).toBe(2);
      const winner = names.findIndex((_, index) => racing[index]?.lines.includes(`replaced ${id}`));
      expect(await download.text()).toBe(names[winner]);
    }
    report('races of six processes to create and to replace', { races: 2 * count });
  },
);

test(
  'I-14 conditional deletes and conditional writes of six processes never both take one version',
  { timeout },
  async () => {
    const seed = seedOfRun();
    const contention = await contend(seed, 'none');
    assertNothingLost(contention);
    report('conditional deletes against conditional writes', { steps: contention.steps.length }, seed);
  },
);

test('processes that lock nothing lose versions', { timeout }, async () => {
  const contention = await contend(seedOfRun(), 'locks nothing');
  expect(() => assertNothingLost(contention)).toThrow(/^expected/);
});

interface Contention {
  /** Which version each step took, and which it left; `absent` is none. */
  readonly steps: readonly (readonly [taken: string, left: string])[];
  /** The version that is there in the end, if any. */
  readonly last: readonly string[];
}

async function contend(seed: number, flaw: Flaw): Promise<Contention> {
  const directory = await temporaryDirectory();
  const program = await bundle('contender', directory);
  const root = join(directory, 'root');
  const racing = names.map((name, index) => run(program, root, name, String(rounds), String(seed + index), flaw));
  expect(await Promise.all(racing.map(({ ended }) => ended))).toEqual(names.map(() => 0));
  const found = await localBackend({ root }).read('contended');
  return {
    steps: racing.flatMap(({ lines }) => lines.map((line) => line.split(' ') as [taken: string, left: string])),
    last: found.status === 'found' ? [found.info.version] : [],
  };
}

function assertNothingLost({ steps, last }: Contention): void {
  const left = steps.map((step) => step[1]).filter((version) => version !== 'absent');
  expect(new Set(left).size).toBe(left.length);
  const replaced = steps.filter(([taken, then]) => taken !== 'absent' && then !== 'absent').map(([taken]) => taken);
  expect(new Set(replaced).size).toBe(replaced.length);
  // What nobody replaced was deleted. That may have been told to several, because to delete what is gone is no error.
  const deleted = steps.filter(([, then]) => then === 'absent').map(([taken]) => taken);
  const ends = left.filter((version) => !replaced.includes(version) && !last.includes(version));
  expect(ends.filter((version) => !deleted.includes(version))).toEqual([]);
  // Whoever creates follows a delete, except for the first one.
  const created = steps.filter(([taken]) => taken === 'absent');
  expect(created.length).toBe(ends.length + last.length);
}
