import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import { eachAtOnce } from '../../at-once.ts';
import type { Suite } from '../../bench.ts';
import { runTask } from '../../child.ts';
import { s3Entries } from '../../contenders/s3/all.ts';
import { artifactsS3 } from '../../contenders/s3/artifacts.ts';
import { minio } from '../../contenders/s3/minio.ts';
import { sdk } from '../../contenders/s3/sdk.ts';
import { someObjects } from '../../content.ts';
import { sharesOfPackages } from '../../packages.ts';
import type { FactTable, Race, Target } from '../../results.ts';
import { eachInTurn, Tally } from '../../rounds.ts';
import { onServer } from '../../s3-server.ts';
import type { S3Settings } from '../../s3-settings.ts';
import { sizeText } from '../../settings.ts';
import { atLeast, timesAsFast } from '../../targets.ts';

type Direction = 'upload' | 'download';
const directions: readonly Direction[] = ['upload', 'download'];

/** Small objects, many at once: what a request costs. */
export const smallOnS3: Suite<S3Settings> = {
  name: 'small',
  run: (settings, scratch) =>
    onServer(scratch, async (server) => {
      const { smallBytes, objects, atOnce, sampled, seed } = settings;
      const { rates, costs } = await raceObjects(server, settings, scratch.root);
      const steps = await stepsOf(server, settings);
      return {
        name: 'small',
        title: 'Small objects',
        about: [
          `${objects} objects of ${sizeText(smallBytes)} a round, ${atOnce} at a time, on ${server.name}, which shares the processors with its clients. Every contender has a process of its own, new for each round, and moves as many objects before, so that nobody pays for what others leave behind or for compiling. Downloads read every object of the round once, in an order shuffled with the seed ${seed}.`,
          'Processor time is that of all threads of the process, by `process.cpuUsage`, without the server.',
          `Where the main thread's time goes is from a CPU profile of node's inspector, of ${sampled} uploads and ${sampled} downloads: each sample counts for the package of the innermost function on the stack that is of one, with whatever node did for it.`,
        ],
        races: [...rates, ...costs],
        tables: [steps],
        targets: rates.flatMap(targetsOf),
      };
    }),
};

interface Races {
  /** Uploads and downloads. */
  readonly rates: readonly Race[];
  readonly costs: readonly Race[];
}

async function raceObjects(
  server: S3TestServer,
  { seed, rounds, atOnce, smallBytes: bytes, objects }: S3Settings,
  disk: string,
): Promise<Races> {
  const rates = { upload: new Tally(), download: new Tally() };
  const costs = { upload: new Tally(), download: new Tally() };
  for (let round = 1; round <= rounds; round += 1) {
    await eachInTurn(s3Entries, round, disk, async ({ name }) => {
      const prefix = `small/${round}/${s3Entries.findIndex((entry) => entry.name === name)}/`;
      const work = { server, contender: name, prefix, objects, atOnce, bytes, seed: seed + round };
      const moved = await runTask('moveObjects', work);
      for (const direction of directions) {
        rates[direction].add(name, round, moved[direction].rate);
        costs[direction].add(name, round, moved[direction].cost);
      }
    });
  }
  const lanes = s3Entries.map((entry) => entry.open(server, 'small/'));
  const race = (direction: Direction, what: string, unit: string, tally: Tally): Race => ({
    title: `${sizeText(bytes)}, ${direction}${what}`,
    unit,
    baseline: sdk.name,
    lanes: lanes.map((lane) => ({ name: lane.name, does: lane[direction], rounds: tally.of(lane.name) })),
  });
  for (const { close } of lanes) await close();
  return {
    rates: directions.map((direction) => race(direction, '', 'objects/s', rates[direction])),
    costs: directions.map((direction) => race(direction, ', cost', 'ms of processor time', costs[direction])),
  };
}

async function stepsOf(server: S3TestServer, { sampled, smallBytes, atOnce }: S3Settings): Promise<FactTable> {
  const asked = artifactsS3.open(server, 'small/sampled/');
  await eachAtOnce(someObjects('warm-up', sampled, smallBytes), atOnce, async ({ key, content }) => {
    await asked.put(key, content);
    await asked.get(key);
  });
  const objects = someObjects('sampled', sampled, smallBytes);
  const uploading = await sharesOfPackages(() =>
    eachAtOnce(objects, atOnce, ({ key, content }) => asked.put(key, content)),
  );
  const downloading = await sharesOfPackages(() =>
    eachAtOnce(objects, atOnce, async ({ key }) => void (await asked.get(key))),
  );
  await asked.close();
  const packages = [...new Set([...uploading.keys(), ...downloading.keys()])];
  const shareIn = (shares: ReadonlyMap<string, number>, name: string): number => 100 * (shares.get(name) ?? 0);
  const rows = packages.map((name) => [name, shareIn(uploading, name), shareIn(downloading, name)] as const);
  return {
    title: `Where the main thread's time goes, ${artifactsS3.name}`,
    columns: ['package', '%, upload', '%, download'],
    rows: rows.toSorted(([, a], [, b]) => b - a),
  };
}

function targetsOf(race: Race): Target[] {
  const than = (other: string): number => timesAsFast(race, artifactsS3.name, other);
  return [
    atLeast(`${race.title} against ${sdk.name}`, than(sdk.name), 0.95, 'x'),
    atLeast(`${race.title} against ${minio.name}`, than(minio.name), 1, 'x'),
  ];
}
