import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ArtifactStore, hmacKeyring, isArtifactError } from '@artifacts/core';
import { expect, test } from 'vitest';

import { localBackend } from '../src/index.ts';
import { temporaryDirectory } from './support/directory.ts';
import { bundle, run, type Running } from './support/programs.ts';

const maxCount = 400;
const hour = 3_600_000;

test(
  'I-18 sixteen processes, one killed every 200 ms, never exceed a quota, and it can be filled to the last artifact',
  { timeout: 240_000 },
  async () => {
    const directory = await temporaryDirectory();
    const program = await bundle('filler', directory);
    const root = join(directory, 'root');
    const key = randomBytes(32).toString('hex');
    const options = {
      backend: localBackend({ root, durability: 'process' }),
      signing: hmacKeyring({ active: 'k', keys: { k: `hex:${key}` } }),
      audience: 'fillers',
    } as const;
    const scanning = new ArtifactStore(options);
    let started = 0;
    const start = (): Running => run(program, root, `process-${(started += 1)}`, key, String(maxCount));
    const fillers = Array.from({ length: 16 }, start);
    while (fillers.every(({ lines }) => lines.length === 0)) await delay(20);

    const counts: number[] = [];
    for (let kill = 0; kill < 24; kill += 1) {
      const slot = kill % fillers.length;
      const victim = fillers[slot] as Running;
      victim.child.kill('SIGKILL');
      expect(await victim.ended).toBe('SIGKILL');
      fillers[slot] = start();
      await delay(200);
      if (kill % 4 > 0) continue;
      // Counted while everything stands still: a listing of what comes and goes is of no moment.
      for (const { child } of fillers) child.kill('SIGSTOP');
      counts.push((await scanning.usage()).count);
      for (const { child } of fillers) child.kill('SIGCONT');
    }
    for (const { child } of fillers) child.kill('SIGKILL');
    await Promise.all(fillers.map(({ ended }) => ended));

    const left = await scanning.usage();
    expect([...counts, left.count].filter((count) => count > maxCount)).toEqual([]);
    expect(left.count).toBeGreaterThan(0);
    const later = new ArtifactStore({ ...options, quota: { maxCount }, now: () => Date.now() + hour });
    for (let index = left.count; index < maxCount; index += 1) await later.upload(`last/${index}`, 'x');
    const refused = await later.upload('one more', 'x').catch((error: unknown) => error);
    expect(isArtifactError(refused, 'QUOTA_EXCEEDED')).toBe(true);
    expect(await later.usage()).toMatchObject({ count: maxCount });
    expect((await later.recount()).drift).toEqual({ bytes: 0, count: 0 });
    await later.close();
  },
);
