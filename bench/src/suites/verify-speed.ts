import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { localBackend } from '@artifacts/backend-local';

import type { Suite } from '../bench.ts';
import { secondsOf } from '../clock.ts';
import { randomBytes, stamped } from '../content.ts';
import type { LifecycleSettings } from '../lifecycle-settings.ts';
import type { Race } from '../results.ts';
import { eachInTurn, Tally } from '../rounds.ts';
import { mebibyte, sizeText } from '../settings.ts';
import { openStore } from '../store.ts';
import { atLeast, timesAsFast } from '../targets.ts';

const verifying = 'verify({ readContent: true })';
const hashing = 'sha256 of the same files';

/** How fast a store is verified, beside hashing its files. */
export const verifySpeed: Suite<LifecycleSettings> = {
  name: 'verify-speed',
  run: ({ verifiedFiles, verifiedBytes, verifyRounds }, scratch) =>
    scratch.folder('verify', async (root) => {
      const store = openStore(localBackend({ root, durability: 'process' }));
      const bytes = randomBytes(verifiedBytes);
      for (let n = 0; n < verifiedFiles; n += 1) await store.upload(`item/${n}`, stamped(bytes, n));
      const files = await contentFiles(root);
      const work: Readonly<Record<string, () => Promise<void>>> = {
        [verifying]: async () => {
          for await (const { code } of store.verify({ readContent: true })) throw new Error(`found ${code}`);
        },
        [hashing]: async () => {
          for (const file of files) await digestOf(file);
        },
      };
      const tally = new Tally();
      const size = (verifiedFiles * verifiedBytes) / mebibyte;
      for (let round = 0; round <= verifyRounds; round += 1) {
        await eachInTurn(Object.entries(work), round, root, async ([name, run]) => {
          tally.add(name, round, size / (await secondsOf(run)));
        });
      }
      const what = `${verifiedFiles} artifacts of ${sizeText(verifiedBytes)}`;
      const race: Race = {
        title: `Verifying ${what}`,
        unit: 'MiB/s',
        baseline: hashing,
        lanes: [
          { name: verifying, does: 'every record, every chunk against its digest', rounds: tally.of(verifying) },
          { name: hashing, does: 'createReadStream into createHash, one after another', rounds: tally.of(hashing) },
        ],
      };
      return {
        name: 'verify-speed',
        title: 'How fast a store is verified',
        about: ['A directory, in the page cache. Both take turns; the first round warms up.'],
        races: [race],
        tables: [],
        targets: [atLeast(`${verifying}, to ${hashing}`, timesAsFast(race, verifying, hashing), 0.8, 'x')],
      };
    }),
};

async function contentFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'objects'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.parentPath.includes('d~content~'))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: mebibyte })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
