import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Suite } from '../bench.ts';
import { secondsOf } from '../clock.ts';
import type { Contender } from '../contender.ts';
import { entries } from '../contenders/all.ts';
import { artifacts } from '../contenders/artifacts.ts';
import { cacacheDefault, cacacheSha256 } from '../contenders/cacache.ts';
import { rawDurable, rawFileOnly } from '../contenders/raw.ts';
import { piecesOf, randomBytes, stamped } from '../content.ts';
import type { LocalSettings } from '../local-settings.ts';
import type { Race, Target } from '../results.ts';
import { eachInTurn, Tally } from '../rounds.ts';
import { kibibyte, mebibyte, sizeText } from '../settings.ts';
import { median } from '../statistics.ts';
import { atLeast, timesAsFast } from '../targets.ts';

/** One large object from a stream and to a stream. */
export const stream: Suite<LocalSettings> = {
  name: 'stream',
  async run(settings, scratch) {
    const { rounds, streamBytes, streamChunks } = settings;
    const uploads = streamChunks.map(() => new Tally());
    const downloads = new Tally();
    let contenders: readonly Contender[] = [];
    const bytes = randomBytes(streamBytes);
    for (let round = 0; round <= rounds; round += 1) {
      // A folder of its own for each round: all of them together would not fit into the page cache.
      await scratch.folder(`stream-${round}`, async (folder) => {
        contenders = await openAll(folder);
        for (const [index, chunkBytes] of streamChunks.entries()) {
          stamped(bytes, round * streamChunks.length + index);
          await eachInTurn(contenders, round, folder, async ({ name, putStream }) => {
            const seconds = await secondsOf(() => putStream(`chunks-${index}`, piecesOf(bytes, chunkBytes)));
            uploads[index]?.add(name, round, streamBytes / mebibyte / seconds);
          });
        }
        await eachInTurn(contenders, round, folder, async ({ name, getStream }) => {
          const seconds = await secondsOf(async () => {
            const found = await getStream('chunks-0');
            if (found !== streamBytes) throw new Error(`${name} gave ${found} bytes`);
          });
          downloads.add(name, round, streamBytes / mebibyte / seconds);
        });
      });
    }
    const race = (direction: 'upload' | 'download', title: string, baseline: string, tally: Tally): Race => ({
      title: `${sizeText(streamBytes)}, ${title}`,
      unit: 'MiB/s',
      baseline,
      lanes: contenders.map((contender) => ({
        name: contender.name,
        does: contender.streams[direction],
        rounds: tally.of(contender.name),
      })),
    });
    const rawReader = fasterOf(downloads, rawDurable.name, rawFileOnly.name);
    const uploadRaces = uploads.map((tally, index) =>
      race('upload', `upload from chunks of ${sizeText(streamChunks[index] ?? 0)}`, rawDurable.name, tally),
    );
    const download = race('download', 'download', rawReader, downloads);
    return {
      name: 'stream',
      title: 'Streams',
      about: [
        'One at a time. The source is the same for all: an async generator over one random buffer in memory, with new content in every round.',
        `Downloads are read to the end from a warm page cache and thrown away. Of the two ways to read with \`node:fs\`, the faster one is the baseline: here "${rawReader}".`,
        'artifacts checks every MiB before it gives it away. cacache and the two `node:fs` give all bytes first and tell at the end; the others check nothing.',
      ],
      races: [...uploadRaces, download],
      tables: [],
      targets: targetsOf(settings, uploadRaces, download, rawReader),
    };
  },
};

/** Opened, and used once: making directories is not what is measured. */
async function openAll(folder: string): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const [index, entry] of entries.entries()) {
    const root = join(folder, `${index}`);
    await mkdir(root, { mode: 0o700 });
    const contender = entry.open(root);
    await contender.put('warm-up', randomBytes(kibibyte));
    contenders.push(contender);
  }
  return contenders;
}

function fasterOf(tally: Tally, one: string, other: string): string {
  return median(tally.of(one)) >= median(tally.of(other)) ? one : other;
}

function targetsOf(
  { streamChunks }: LocalSettings,
  uploads: readonly Race[],
  download: Race,
  rawReader: string,
): Target[] {
  const { name } = artifacts;
  const than = (race: Race, other: string): number => timesAsFast(race, name, other);
  const { name: plain } = cacacheDefault;
  const { name: sha256 } = cacacheSha256;
  return [
    ...uploads.flatMap((upload, index) => {
      const what = `stream upload, chunks of ${sizeText(streamChunks[index] ?? 0)}, against cacache's put`;
      return [
        atLeast(what, than(upload, plain), 1, 'x'),
        atLeast(`${what} with sha256`, than(upload, sha256), 1, 'x', false),
      ];
    }),
    atLeast("stream download against cacache's verified get", than(download, plain), 2, 'x'),
    atLeast("stream download against cacache's verified get with sha256", than(download, sha256), 2, 'x', false),
    atLeast(`stream download against the faster raw read + sha256`, than(download, rawReader), 0.85, 'x'),
  ];
}
