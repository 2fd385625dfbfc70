import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { localBackend } from '../src/index.ts';
import { temporaryDirectory } from './support/directory.ts';
import type { Flaw } from './support/flaws.ts';
import { History, type Value } from './support/history.ts';
import { bundle, run } from './support/programs.ts';
import { randomFrom, report, seedOfRun, times } from './support/random.ts';
import { numbersIn, type SubjectKind, subjectOf } from './support/subject.ts';

const kills = times('ARTIFACTS_TEST_KILLS', 200);

interface Loop {
  readonly program: string;
  readonly root: string;
  readonly kind: SubjectKind;
  readonly kills: number;
  readonly seed: number;
  readonly flaw?: Flaw;
  readonly early?: true;
}

test(
  'I-9 a writer killed again and again loses nothing it acknowledged and tears nothing',
  { timeout: 60_000 + kills * 2000 },
  async () => {
    const directory = await temporaryDirectory();
    const program = await bundle('writer', directory);
    const seed = seedOfRun();
    // Each in a root of its own, so that one starts while another works or waits for the disk.
    const loops = Array.from({ length: 8 }, (_, index) => {
      const kind = index % 2 === 0 ? 'backend' : 'store';
      const root = join(directory, `${kind}-${index}`);
      return killRepeatedly({ program, root, kind, kills: Math.ceil(kills / 8), seed: seed + index * kills });
    });
    const acknowledgements = (await Promise.all(loops)).reduce((sum, count) => sum + count, 0);
    report('kill -9 at random moments', { kills, acknowledgements }, seed);
  },
);

test.each([
  ['acknowledges what it has not written yet', { early: true }],
  ['writes where others read', { flaw: 'writes in place' }],
] as const)('a writer that %s does not survive being killed', async (_what, wrong) => {
  const directory = await temporaryDirectory();
  const program = await bundle('writer', directory);
  const loop = { program, root: join(directory, 'root'), kind: 'backend', kills: 100, seed: seedOfRun() } as const;
  await expect(killRepeatedly({ ...loop, ...wrong })).rejects.toThrow(/which is none of|is torn/);
});

/** Gives how often something was acknowledged. */
async function killRepeatedly(loop: Loop): Promise<number> {
  const { program, root, kind, seed, flaw = 'none', early } = loop;
  const random = randomFrom(seed);
  const backend = localBackend({ root });
  let before = new Map<string, Value>();
  let number = 1;
  let acknowledged = 0;
  for (let kill = 0; kill < loop.kills; kill += 1) {
    const given = [root, kind, String(number), String(seed + kill), flaw, ...(early ? ['early'] : [])];
    const { child, lines, ended } = run(program, ...given);
    const history = new History(lines, before);
    // Every second life lasts until it has something to lose, however slow the disk is.
    const enough = kill % 2 === 0 ? 3 : 0;
    while (child.exitCode === null && (lines.length === 0 || history.acknowledgements() < enough)) await delay(2);
    await delay(random() * 60);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');

    // One that remembers nothing: what it finds is what lies on the disk.
    const found = await numbersIn(subjectOf(kind, localBackend({ root })));
    history.assertExplains(found, `after kill ${kill} of seed ${seed}`);
    before = found;
    number = Math.max(number, history.nextNumber());
    acknowledged += history.acknowledgements();
  }
  assert.ok(acknowledged > loop.kills);
  await backend.discardUnfinished(new Date(Date.now() + 3_600_000));
  expect(await readdir(join(root, 'staging'))).toEqual([]);
  expect(await readdir(join(root, 'locks'))).toEqual([]);
  return acknowledged;
}
