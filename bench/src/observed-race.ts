import { eachAtOnce } from './at-once.ts';
import { cpuMicrosecondsOf, secondsOf } from './clock.ts';
import { randomBytes, requireSame, stamped } from './content.ts';
import { openObserved, type ObservedLane } from './lanes/observed.ts';
import type { ObserversSettings } from './observers-settings.ts';
import type { Race } from './results.ts';
import { eachInTurn, Tally } from './rounds.ts';
import type { Scratch } from './scratch.ts';
import { kibibyte } from './settings.ts';

/** The same work under the eyes of each: operations a second by the clock, and for a second of processor time. */
export async function raceObserved(
  lanes: readonly ObservedLane[],
  baseline: ObservedLane,
  { rounds, objects, atOnce }: ObserversSettings,
  { root }: Scratch,
): Promise<{ readonly clock: Race; readonly processor: Race }> {
  const [clock, processor] = [new Tally(), new Tally()];
  for (let round = 0; round <= rounds; round += 1) {
    const content = Array.from({ length: objects }, (_, n) => stamped(randomBytes(kibibyte), round * objects + n));
    await eachInTurn(lanes, round, root, async (lane) => {
      const { put, get } = openObserved(lane);
      await put('first', randomBytes(kibibyte));
      let seconds = 0;
      const microseconds = await cpuMicrosecondsOf(async () => {
        seconds = await secondsOf(async () => {
          await eachAtOnce([...content.entries()], atOnce, ([n, bytes]) => put(`builds/${n}/report.bin`, bytes));
          await eachAtOnce([...content.entries()], atOnce, async ([n, bytes]) => {
            requireSame(`${n}`, await get(`builds/${n}/report.bin`), bytes);
          });
        });
      });
      clock.add(lane.name, round, (2 * objects) / seconds);
      processor.add(lane.name, round, (2 * objects) / (microseconds / 1e6));
    });
  }
  const race = (title: string, unit: string, tally: Tally): Race => {
    const figures = lanes.map(({ name, does }) => ({ name, does, rounds: tally.of(name) }));
    return { title, unit, baseline: baseline.name, lanes: figures };
  };
  const what = `Uploads and downloads of 1 KiB, ${atOnce} at once`;
  return {
    processor: race(what, 'operations for a second of processor time', processor),
    clock: race(`${what}, by the clock`, 'operations a second', clock),
  };
}
