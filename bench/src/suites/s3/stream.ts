import type { Suite } from '../../bench.ts';
import { cpuMicrosecondsOf, secondsOf } from '../../clock.ts';
import { artifactsStreams, sdkStreams, type S3Streams } from '../../contenders/s3/streams.ts';
import { endless } from '../../content.ts';
import type { Race, Target } from '../../results.ts';
import { eachInTurn, Tally } from '../../rounds.ts';
import { onServer } from '../../s3-server.ts';
import type { S3Settings } from '../../s3-settings.ts';
import { kibibyte, mebibyte, sizeText } from '../../settings.ts';
import { gibibyte } from '../../store.ts';
import { atLeast, atMost, timesAsFast } from '../../targets.ts';

/** One large object from a stream and to a stream. */
export const streamOnS3: Suite<S3Settings> = {
  name: 'stream',
  async run({ rounds, streamBytes }, scratch) {
    const up = new Measured('upload');
    const down = new Measured('download');
    let description = '';
    for (let round = 0; round <= rounds; round += 1) {
      description = await onServer(scratch, async (server) => {
        const contenders = [artifactsStreams(server), sdkStreams(server)];
        for (const { putStream } of contenders) await putStream('warm-up', endless(kibibyte));
        await eachInTurn(contenders, round, scratch.root, (contender) =>
          up.add(contender, round, streamBytes, () => contender.putStream('large', endless(streamBytes))),
        );
        await eachInTurn(contenders, round, scratch.root, (contender) =>
          down.add(contender, round, streamBytes, async () => {
            const found = await contender.getStream('large');
            if (found !== streamBytes) throw new Error(`${contender.name} gave ${found} bytes`);
          }),
        );
        for (const { close } of contenders) await close();
        return server.name;
      });
    }
    const size = sizeText(streamBytes);
    return {
      name: 'stream',
      title: 'Streams',
      about: [
        `One object of ${size} at a time, on ${description}, a new one for each round: it keeps everything in memory, deleted objects for hours. The server shares the processors with its clients.`,
        'The source is the same for all: an async generator of unknown length in chunks of 256 KiB. Downloads are read to the end and thrown away. Processor time is that of all threads of this process, by `process.cpuUsage`, without the server.',
      ],
      races: [up, down].flatMap((measured) => measured.races(size)),
      tables: [],
      targets: [...up.targets(size), ...down.targets(size)],
    };
  },
};

/** One direction, with what it took. */
class Measured {
  readonly #direction: 'upload' | 'download';
  readonly #contenders = new Map<string, S3Streams>();
  readonly #rates = new Tally();
  readonly #costs = new Tally();

  constructor(direction: 'upload' | 'download') {
    this.#direction = direction;
  }

  async add(contender: S3Streams, round: number, bytes: number, work: () => Promise<void>): Promise<void> {
    let seconds = 0;
    const microseconds = await cpuMicrosecondsOf(async () => {
      seconds = await secondsOf(work);
    });
    this.#contenders.set(contender.name, contender);
    this.#rates.add(contender.name, round, bytes / mebibyte / seconds);
    this.#costs.add(contender.name, round, microseconds / 1e6 / (bytes / gibibyte));
  }

  races(size: string): [Race, Race] {
    const race = (what: string, unit: string, tally: Tally): Race => ({
      title: `${size}, ${this.#direction}${what}`,
      unit,
      baseline: '@aws-sdk',
      lanes: Array.from(this.#contenders.values(), (contender) => ({
        name: contender.name,
        does: contender[this.#direction],
        rounds: tally.of(contender.name),
      })),
    });
    return [race('', 'MiB/s', this.#rates), race(', cost', 's of processor time per GiB', this.#costs)];
  }

  targets(size: string): Target[] {
    const [rates, costs] = this.races(size);
    const than = (race: Race): number => timesAsFast(race, 'artifacts', '@aws-sdk');
    const peer = this.#direction === 'upload' ? 'lib-storage Upload' : 'GetObject';
    return [
      atLeast(`${rates.title} against ${peer}`, than(rates), 1, 'x'),
      atMost(`${rates.title}: processor time against ${peer}`, than(costs), 1.25, 'x'),
    ];
  }
}
