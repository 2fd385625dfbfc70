import { memoryBackend } from '@artifacts/core/memory';

import { eachAtOnce } from './at-once.ts';
import { cpuMicrosecondsOf, secondsOf } from './clock.ts';
import { randomBytes, requireSame, stamped } from './content.ts';
import type { ObservedLane } from './lanes/observed.ts';
import type { ObserversSettings } from './observers-settings.ts';
import type { Race } from './results.ts';
import { eachInTurn, Tally } from './rounds.ts';
import type { Scratch } from './scratch.ts';
import { kibibyte } from './settings.ts';
import { openStore } from './store.ts';

/** The same work under the eyes of each: operations a second by the clock, and for a second of processor time. */
export async function raceObserved(
  title: string,
  lanes: readonly ObservedLane[],
  baseline: ObservedLane,
  { rounds, objects, atOnce }: ObserversSettings,
  { root }: Scratch,
): Promise<{ readonly clock: Race; readonly processor: Race }> {
  const [clock, processor] = [new Tally(), new Tally()];
  for (let round = 0; round <= rounds; round += 1) {
    const content = Array.from({ length: objects }, (_, n) => stamped(randomBytes(kibibyte), round * objects + n));
    const each = (work: (entry: [number, Buffer]) => Promise<void>) => eachAtOnce([...content.entries()], atOnce, work);
    await eachInTurn(lanes, round, root, async (lane) => {
      const { observers, end } = lane.watch(root);
      const store = openStore(memoryBackend(), { observers });
      await store.upload('first', randomBytes(kibibyte));
      let seconds = 0;
      const microseconds = await cpuMicrosecondsOf(async () => {
        seconds = await secondsOf(async () => {
          await each(async ([n, bytes]) => void (await store.upload(`builds/${n}/report.bin`, bytes)));
          await each(async ([n, bytes]) => {
            requireSame(`${n}`, await (await store.download(`builds/${n}/report.bin`)).bytes(), bytes);
          });
          await end?.();
        });
      });
      clock.add(lane.name, round, (2 * objects) / seconds);
      processor.add(lane.name, round, (2 * objects) / (microseconds / 1e6));
    });
  }
  const race = (heading: string, unit: string, tally: Tally): Race => {
    const figures = lanes.map(({ name, does }) => ({ name, does, rounds: tally.of(name) }));
    return { title: heading, unit, baseline: baseline.name, lanes: figures };
  };
  return {
    processor: race(title, 'operations for a second of processor time', processor),
    clock: race(`${title}, by the clock`, 'operations a second', clock),
  };
}
