import { eachAtOnce } from '../../at-once.ts';
import type { Suite } from '../../bench.ts';
import { cpuMicrosecondsOf, secondsOf } from '../../clock.ts';
import { s3Entries } from '../../contenders/s3/all.ts';
import { artifactsS3 } from '../../contenders/s3/artifacts.ts';
import { minio } from '../../contenders/s3/minio.ts';
import { sdk } from '../../contenders/s3/sdk.ts';
import { randomBytes, requireSame, stamped } from '../../content.ts';
import { sharesOfPackages } from '../../packages.ts';
import { Random } from '../../random.ts';
import type { FactTable, Race, Target } from '../../results.ts';
import { eachInTurn, Tally } from '../../rounds.ts';
import type { S3Contender } from '../../s3-contender.ts';
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
      const contenders = s3Entries.map((entry, index) => entry.open(server, `small/${index}/`));
      const { rates, costs } = await raceObjects(contenders, settings, scratch.root);
      const steps = await stepsOf(contenders, settings);
      for (const { close } of contenders) await close();
      return {
        name: 'small',
        title: 'Small objects',
        about: [
          `${objects} objects of ${sizeText(smallBytes)} a round, ${atOnce} at a time, on ${server.name}, which shares the processors with its clients. Every round has new keys and new content. Downloads read every object of the round once, in an order shuffled with the seed ${seed}.`,
          'Processor time is that of all threads of this process, by `process.cpuUsage`, without the server.',
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
  contenders: readonly S3Contender[],
  { seed, rounds, atOnce, smallBytes, objects: count }: S3Settings,
  disk: string,
): Promise<Races> {
  const tallies = { upload: [new Tally(), new Tally()], download: [new Tally(), new Tally()] } as const;
  const timed = async (direction: Direction, name: string, round: number, work: () => Promise<void>): Promise<void> => {
    let seconds = 0;
    const microseconds = await cpuMicrosecondsOf(async () => {
      seconds = await secondsOf(work);
    });
    const [rates, costs] = tallies[direction];
    rates.add(name, round, count / seconds);
    costs.add(name, round, microseconds / 1000 / count);
  };
  const random = new Random(seed);
  for (let round = 0; round <= rounds; round += 1) {
    const objects = someObjects(`round-${round}`, count, smallBytes);
    await eachInTurn(contenders, round, disk, ({ name, put }) =>
      timed('upload', name, round, () => eachAtOnce(objects, atOnce, ({ key, content }) => put(key, content))),
    );
    const shuffled = random.shuffled(objects);
    await eachInTurn(contenders, round, disk, ({ name, get }) =>
      timed('download', name, round, () =>
        eachAtOnce(shuffled, atOnce, async ({ key, content }) => requireSame(key, await get(key), content)),
      ),
    );
  }
  const race = (direction: Direction, what: string, unit: string, tally: Tally): Race => ({
    title: `${sizeText(smallBytes)}, ${direction}${what}`,
    unit,
    baseline: sdk.name,
    lanes: contenders.map((contender) => ({
      name: contender.name,
      does: contender[direction],
      rounds: tally.of(contender.name),
    })),
  });
  return {
    rates: directions.map((direction) => race(direction, '', 'objects/s', tallies[direction][0])),
    costs: directions.map((direction) => race(direction, ', cost', 'ms of processor time', tallies[direction][1])),
  };
}

function someObjects(
  name: string,
  count: number,
  bytes: number,
): readonly { readonly key: string; readonly content: Buffer }[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${name}-${index}`,
    content: stamped(randomBytes(bytes), index),
  }));
}

async function stepsOf(
  contenders: readonly S3Contender[],
  { sampled, smallBytes, atOnce }: S3Settings,
): Promise<FactTable> {
  const asked = contenders.find(({ name }) => name === artifactsS3.name);
  if (asked === undefined) throw new Error(`${artifactsS3.name} is not in the race`);
  const objects = someObjects('sampled', sampled, smallBytes);
  const uploading = await sharesOfPackages(() =>
    eachAtOnce(objects, atOnce, ({ key, content }) => asked.put(key, content)),
  );
  const downloading = await sharesOfPackages(() =>
    eachAtOnce(objects, atOnce, async ({ key }) => void (await asked.get(key))),
  );
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
