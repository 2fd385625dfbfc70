import { eachAtOnce } from '../at-once.ts';
import type { Suite } from '../bench.ts';
import { cpuMicrosecondsOf } from '../clock.ts';
import { randomBytes, requireSame, stamped } from '../content.ts';
import type { CoreSettings } from '../core-settings.ts';
import type { InMemory, Lane } from '../in-memory.ts';
import { artifactsEd25519, artifactsHmac, artifactsObserved } from '../lanes/artifacts.ts';
import { handEd25519, handHmac } from '../lanes/by-hand.ts';
import type { FactTable, Race } from '../results.ts';
import { eachInTurn, Tally } from '../rounds.ts';
import type { Scratch } from '../scratch.ts';
import { kibibyte } from '../settings.ts';
import { median } from '../statistics.ts';
import { sharesOfSteps } from '../steps.ts';
import { atMost, medianOf } from '../targets.ts';

const lanes: readonly Lane[] = [artifactsHmac, artifactsEd25519, artifactsObserved, handHmac, handEd25519];
const asked = artifactsHmac;

/** What an upload and a download cost besides the medium and the bytes. */
export const cost: Suite<CoreSettings> = {
  name: 'cost',
  async run(settings, scratch) {
    const { objects, atOnce, sampled } = settings;
    const inTurn = await compare(settings, scratch, 1, 'one at a time');
    const together = await compare(settings, scratch, atOnce, `${atOnce} at once`);
    const ways = [inTurn, together];
    return {
      name: 'cost',
      title: 'What an upload and a download cost',
      about: [
        `\`upload\` of 1 KiB and \`download(...).bytes()\` on a backend in memory: the processor time of all threads of the process, user and system, by \`process.cpuUsage\`. In every round each contender begins empty, stores ${objects} objects with new content and reads each once.`,
        'Ed25519 is that of `node:crypto`, by hand and as a `KeyProvider` of the bench.',
        `The steps are from a CPU profile of node's inspector, a sample every 100 microseconds, of ${sampled} objects of "${asked.name}": each sample counts for the innermost function of core on the stack, with whatever node did for it. The time is that part of the median above; other threads have no samples.`,
      ],
      races: ways.map(({ race }) => race),
      tables: [halvesOf(ways), stepsOf(ways)],
      targets: ways.map(({ name, race }) =>
        atMost(`upload and download of 1 KiB, HMAC, ${name}`, medianOf(race, asked.name), 150, 'µs'),
      ),
    };
  },
};

/** One way to be called, with all that was measured of it. */
interface Way {
  readonly name: string;
  readonly race: Race;
  /** The two parts of what was raced, by lane. */
  readonly uploads: Tally;
  readonly downloads: Tally;
  /** What each step takes of it, of the lane that was asked for. */
  readonly shares: ReadonlyMap<string, number>;
}

async function compare(
  { rounds, objects, sampled }: CoreSettings,
  { root }: Scratch,
  atOnce: number,
  name: string,
): Promise<Way> {
  const [uploads, downloads, both] = [new Tally(), new Tally(), new Tally()];
  for (let round = 0; round <= rounds; round += 1) {
    const content = contents(objects, round);
    await eachInTurn(lanes, round, root, async (lane) => {
      const opened = await openWarm(lane);
      const uploading = await cpuMicrosecondsOf(() => putAll(opened, content, atOnce));
      const downloading = await cpuMicrosecondsOf(() => getAll(opened, content, atOnce));
      uploads.add(lane.name, round, uploading / objects);
      downloads.add(lane.name, round, downloading / objects);
      both.add(lane.name, round, (uploading + downloading) / objects);
    });
  }
  const content = contents(sampled, rounds + 1);
  const opened = await openWarm(asked);
  const shares = await sharesOfSteps(async () => {
    await putAll(opened, content, atOnce);
    await getAll(opened, content, atOnce);
  });
  const race = {
    title: `Upload and download of 1 KiB, ${name}`,
    unit: 'µs of processor time',
    baseline: handHmac.name,
    lanes: lanes.map((lane) => ({ name: lane.name, does: lane.does, rounds: both.of(lane.name) })),
  };
  return { name, race, uploads, downloads, shares };
}

function contents(count: number, round: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => stamped(randomBytes(kibibyte), round * count + index));
}

/** What is done once, such as asking what the backend can do, is done. */
async function openWarm(lane: Lane): Promise<InMemory> {
  const opened = lane.open();
  await opened.put('first', randomBytes(kibibyte));
  return opened;
}

function putAll({ put }: InMemory, content: readonly Buffer[], atOnce: number): Promise<void> {
  return eachAtOnce([...content.entries()], atOnce, ([index, bytes]) => put(keyOf(index), bytes));
}

function getAll({ get }: InMemory, content: readonly Buffer[], atOnce: number): Promise<void> {
  return eachAtOnce([...content.entries()], atOnce, async ([index, bytes]) => {
    const key = keyOf(index);
    requireSame(key, await get(key), bytes);
  });
}

function keyOf(index: number): string {
  return `builds/${index}/report.bin`;
}

function halvesOf(ways: readonly Way[]): FactTable {
  return {
    title: 'Of that, the upload and the download',
    columns: ['contender', ...ways.flatMap(({ name }) => [`upload, µs, ${name}`, `download, µs, ${name}`])],
    rows: lanes.map(({ name }) => [
      name,
      ...ways.flatMap(({ uploads, downloads }) => [median(uploads.of(name)), median(downloads.of(name))]),
    ]),
  };
}

function stepsOf(ways: readonly Way[]): FactTable {
  const steps = [...new Set(ways.flatMap(({ shares }) => [...shares.keys()]))];
  const shareOf = ({ shares }: Way, step: string): number => shares.get(step) ?? 0;
  const [first] = ways;
  if (first !== undefined) steps.sort((a, b) => shareOf(first, b) - shareOf(first, a));
  return {
    title: `Of that, each step of "${asked.name}"`,
    columns: ['step', ...ways.flatMap(({ name }) => [`%, ${name}`, 'µs'])],
    rows: steps.map((step) => [
      step,
      ...ways.flatMap((way) => [shareOf(way, step) * 100, shareOf(way, step) * medianOf(way.race, asked.name)]),
    ]),
  };
}
