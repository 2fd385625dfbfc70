import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { eachAtOnce } from '../at-once.ts';
import type { Suite } from '../bench.ts';
import { secondsOf } from '../clock.ts';
import type { Contender } from '../contender.ts';
import { entries } from '../contenders/all.ts';
import { artifacts } from '../contenders/artifacts.ts';
import { cacacheDefault, cacacheSha256 } from '../contenders/cacache.ts';
import { rawDurable } from '../contenders/raw.ts';
import { randomBytes, requireSame, stamped } from '../content.ts';
import type { LocalSettings } from '../local-settings.ts';
import { Random } from '../random.ts';
import type { Race, Target } from '../results.ts';
import { eachInTurn, Tally } from '../rounds.ts';
import { sizeText } from '../settings.ts';
import { atLeast, timesAsFast } from '../targets.ts';

/** Small objects, many at once: what an upload and a download cost apart from the bytes. */
export const small: Suite<LocalSettings> = {
  name: 'small',
  async run(settings, scratch) {
    const races: Race[] = [];
    const targets: Target[] = [];
    for (const { bytes, objects } of settings.small) {
      const size = sizeText(bytes);
      const { upload, download } = await scratch.folder(`small-${bytes}`, (folder) =>
        raceObjects(settings, folder, bytes, objects),
      );
      races.push(upload, download);
      targets.push(...targetsOf(size, upload, download));
    }
    return {
      name: 'small',
      title: 'Small objects',
      about: [
        `${settings.atOnce} at a time. Every round has new keys and new content. ${uploadsAndReads(settings)}`,
        `Downloads read every object of the round once, from a warm page cache, in an order shuffled with the seed ${settings.seed}.`,
        'Contenders without fsync leave their bytes in memory when the clock stops; the system call `sync` between two turns is not timed.',
      ],
      races,
      tables: [],
      targets,
    };
  },
};

function uploadsAndReads({ small: cases }: LocalSettings): string {
  return cases.map(({ bytes, objects }) => `${objects} objects of ${sizeText(bytes)} a round.`).join(' ');
}

async function raceObjects(
  { seed, rounds, atOnce }: LocalSettings,
  folder: string,
  bytes: number,
  count: number,
): Promise<{ upload: Race; download: Race }> {
  const contenders: Contender[] = [];
  for (const [index, entry] of entries.entries()) {
    const root = join(folder, `${index}`);
    await mkdir(root, { mode: 0o700 });
    contenders.push(entry.open(root));
  }
  const uploads = new Tally();
  const downloads = new Tally();
  const random = new Random(seed);
  for (let round = 0; round <= rounds; round += 1) {
    const objects = Array.from({ length: count }, (_, index) => ({
      key: `round-${round}-${index}`,
      content: stamped(randomBytes(bytes), round * count + index),
    }));
    await eachInTurn(contenders, round, folder, async ({ name, put }) => {
      const seconds = await secondsOf(() => eachAtOnce(objects, atOnce, ({ key, content }) => put(key, content)));
      uploads.add(name, round, count / seconds);
    });
    const shuffled = random.shuffled(objects);
    await eachInTurn(contenders, round, folder, async ({ name, get }) => {
      const seconds = await secondsOf(() =>
        eachAtOnce(shuffled, atOnce, async ({ key, content }) => requireSame(key, await get(key), content)),
      );
      downloads.add(name, round, count / seconds);
    });
  }
  const race = (direction: 'upload' | 'download', tally: Tally): Race => ({
    title: `${sizeText(bytes)}, ${direction}`,
    unit: 'objects/s',
    baseline: rawDurable.name,
    lanes: contenders.map((contender) => ({
      name: contender.name,
      does: contender[direction],
      rounds: tally.of(contender.name),
    })),
  });
  return { upload: race('upload', uploads), download: race('download', downloads) };
}

function targetsOf(size: string, upload: Race, download: Race): Target[] {
  const { name } = artifacts;
  const than = (race: Race, other: string): number => timesAsFast(race, name, other);
  return [
    atLeast(`${size} upload against ${rawDurable.name}`, than(upload, rawDurable.name), 0.8, 'x'),
    atLeast(`${size} upload against cacache's put`, than(upload, cacacheDefault.name), 1, 'x'),
    atLeast(`${size} upload against cacache's put with sha256`, than(upload, cacacheSha256.name), 1, 'x', false),
    atLeast(`${size} download against cacache's get`, than(download, cacacheDefault.name), 1.5, 'x'),
    atLeast(`${size} download against cacache's get with sha256`, than(download, cacacheSha256.name), 1.5, 'x', false),
  ];
}
