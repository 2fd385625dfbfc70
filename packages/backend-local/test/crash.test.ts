import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { ArtifactBackend } from '@artifacts/core';
import { expect, test } from 'vitest';

import { localBackend } from '../src/index.ts';
import { keysOf, temporaryDirectory } from './support/directory.ts';
import { bundle, run } from './support/programs.ts';

const kills = 100;

/** What a key may hold: what was acknowledged last, or what was begun since. */
interface Known {
  acknowledged: string;
  begun: string | undefined;
}

test(
  'I-9 a writer killed a hundred times loses nothing it acknowledged and tears nothing',
  { timeout: 180_000 },
  async () => {
    const directory = await temporaryDirectory();
    const program = await bundle('writer', directory);
    // Two writers, each in a root of its own, so that one starts while the other works.
    await Promise.all(['one', 'two'].map((name) => killRepeatedly(program, join(directory, name), kills / 2)));
  },
);

async function killRepeatedly(program: string, root: string, times: number): Promise<void> {
  const known = new Map<string, Known>();
  const backend = localBackend({ root });
  let sequence = 1;
  let acknowledged = 0;
  for (let kill = 0; kill < times; kill += 1) {
    const { child, lines, ended } = run(program, root, String(sequence));
    // Every second life lasts until it has something to lose, however slow the disk is.
    const enough = kill % 2 === 0 ? 3 : 0;
    while (lines.length === 0 || lines.filter((line) => line.startsWith('done')).length < enough) await delay(2);
    await delay(Math.random() * 60);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    for (const line of lines) {
      const [event, key = '', number = '', kind] = line.split(' ');
      const state = known.get(key) ?? { acknowledged: 'absent', begun: undefined };
      known.set(key, state);
      if (event === 'begin') {
        state.begun = kind === 'delete' ? 'absent' : number;
      } else {
        state.acknowledged = state.begun ?? 'absent';
        state.begun = undefined;
        acknowledged += 1;
      }
      sequence = Math.max(sequence, Number(number) + 1);
    }
    for (const [key, state] of known) {
      const found = await numberAt(backend, key);
      assert.ok(found === state.acknowledged || found === state.begun, `${key} is ${found} after kill ${kill}`);
      known.set(key, { acknowledged: found, begun: undefined });
    }
    const present = [...known].filter(([, state]) => state.acknowledged !== 'absent').map(([key]) => key);
    expect(await keysOf(backend)).toEqual(present.toSorted());
  }
  expect(acknowledged).toBeGreaterThan(times);
  await backend.discardUnfinished(new Date(Date.now() + 3_600_000));
  expect(await readdir(join(root, 'staging'))).toEqual([]);
  expect(await readdir(join(root, 'locks'))).toEqual([]);
}

/** The sequence number of the object under `key`, having made sure that it is whole. */
async function numberAt(backend: ArtifactBackend, key: string): Promise<string> {
  const result = await backend.read(key);
  if (result.status !== 'found') return 'absent';
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const end = bytes.indexOf('\n');
  const [name, number = '', digest] = bytes.subarray(0, end).toString().split(' ');
  expect(name).toBe(key);
  expect(
    createHash('sha256')
      .update(bytes.subarray(end + 1))
      .digest('hex'),
  ).toBe(digest);
  return number;
}
