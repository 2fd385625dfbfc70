import type { Suite } from '../bench.ts';
import { idle, unwatched, withMetrics, type ObservedLane } from '../lanes/observed.ts';
import { raceObserved } from '../observed-race.ts';
import type { ObserversSettings } from '../observers-settings.ts';
import { atLeast, timesAsFast } from '../targets.ts';

const asked: ObservedLane = withMetrics;

/** What it costs the operations that somebody watches. */
export const watched: Suite<ObserversSettings> = {
  name: 'watched',
  async run(settings, scratch) {
    const { clock, processor } = await raceObserved([unwatched, idle, withMetrics], unwatched, settings, scratch);
    return {
      name: 'watched',
      title: 'What it costs to be watched',
      about: [
        `\`upload\` of 1 KiB and \`download(...).bytes()\` on a backend in memory, where nothing else takes long. In every round each lane begins empty, stores ${settings.objects} objects and reads each once.`,
        'The processor time is that of all threads of the process, user and system. Where nothing waits for a medium it is the throughput of a machine that does nothing else; by the clock, whatever else the machine does counts, too.',
      ],
      races: [processor, clock],
      tables: [],
      targets: [
        atLeast(
          `operations with ${asked.name}, to those without, by processor time`,
          timesAsFast(processor, asked.name, unwatched.name),
          0.9,
          'x',
        ),
      ],
    };
  },
};
