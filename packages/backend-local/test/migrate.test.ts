import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ArtifactStore, hmacKeyring, type MigrateReport, verifyManifest } from '@artifacts/core';
import { expect, test } from 'vitest';

import { localBackend } from '../src/index.ts';
import { keysOf, temporaryDirectory } from './support/directory.ts';
import { bundle, run } from './support/programs.ts';

const small = 240;
const large = 10;
const kills = 5;

function signingOf(name: string) {
  return hmacKeyring({ active: name, keys: { [name]: createHash('sha256').update(name).digest() } });
}

function backendAt(root: string) {
  return localBackend({ root, durability: 'process' });
}

type Told = Omit<MigrateReport, 'manifest'> & { readonly manifest: string };

test(
  'I-9 a migration that is killed five times sends nothing twice, loses nothing, and ends with the same manifest',
  { timeout: 180_000 },
  async () => {
    const directory = await temporaryDirectory();
    const program = await bundle('migrator', directory);
    const root = join(directory, 'from');
    const source = new ArtifactStore({ backend: backendAt(root), signing: signingOf('from'), audience: 'from' });
    const tenant = source.namespace('tenant');
    for (let n = 0; n < small; n += 1) await (n % 3 === 0 ? tenant : source).upload(`small/${n}`, `content ${n}`);
    for (let n = 0; n < large; n += 1) await source.upload(`large/${n}`, Buffer.alloc(1_500_000 + n, n));

    const undisturbed = await finished(program, root, join(directory, 'undisturbed'));
    expect(undisturbed).toMatchObject({ copied: small + large, failed: 0 });

    const to = join(directory, 'killed');
    const copied: number[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      const { child, lines, ended } = run(program, root, to, 'stay');
      // Each life gets further than the one before, and ends at any moment from then on.
      const enough = ((small + large) * kill) / (kills + 1);
      while (lines.length < enough) await delay(1);
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      copied.push(await recordsIn(to));
    }
    const last = await finished(program, root, to);

    expect(copied.toSorted((a, b) => a - b)).toEqual(copied);
    const there = copied.at(-1) ?? 0;
    expect(last).toMatchObject({ copied: small + large - there, unchanged: there, updated: 0, failed: 0 });
    expect(last.manifest).toBe(undisturbed.manifest);
    const manifest = await verifyManifest(Buffer.from(last.manifest, 'base64'), signingOf('to'), { audience: 'to' });
    const target = new ArtifactStore({ backend: backendAt(to), signing: signingOf('to'), audience: 'to' });
    for (const { namespace, id, checksumSha256 } of manifest.artifacts) {
      const at = namespace === undefined ? target : target.namespace(namespace);
      const bytes = await (await at.download(id)).bytes();
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(checksumSha256);
    }
    expect(manifest.artifacts.length).toBe(small + large);
  },
);

async function finished(program: string, from: string, to: string): Promise<Told> {
  const { lines, ended } = run(program, from, to);
  expect(await ended).toBe(0);
  return JSON.parse(lines.at(-1) ?? '') as Told;
}

async function recordsIn(root: string): Promise<number> {
  return (await keysOf(backendAt(root))).filter((key) => /^(?:ns\/tenant\/)?records\//.test(key)).length;
}
