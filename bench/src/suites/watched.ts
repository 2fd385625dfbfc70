import type { Suite } from '../bench.ts';
import { idle, unwatched, withAudit, withBoth, withMetrics } from '../lanes/observed.ts';
import { raceObserved } from '../observed-race.ts';
import type { ObserversSettings } from '../observers-settings.ts';
import { atLeast, timesAsFast } from '../targets.ts';

const lanes = [unwatched, idle, withMetrics, withAudit, withBoth];

/** What it costs the operations that somebody watches. */
export const watched: Suite<ObserversSettings> = {
  name: 'watched',
  async run(settings, scratch) {
    const { objects, atOnce } = settings;
    const title = `Uploads and downloads of 1 KiB, ${atOnce} at once`;
    const { clock, processor } = await raceObserved(title, lanes, unwatched, settings, scratch);
    return {
      name: 'watched',
      title: 'What it costs to be watched',
      about: [
        `\`upload\` of 1 KiB and \`download(...).bytes()\` on a backend in memory, where nothing else takes long. In every round each lane begins empty, stores ${objects} objects and reads each once; the audit log is closed before the time is taken, and has a line for each.`,
        'The processor time is that of all threads of the process, user and system. Where nothing waits for a medium it is the throughput of a machine that does nothing else; by the clock, whatever else the machine does counts, too.',
      ],
      races: [processor, clock],
      tables: [],
      targets: [
        atLeast(
          `operations with ${withBoth.name}, to those without, by processor time`,
          timesAsFast(processor, withBoth.name, unwatched.name),
          0.9,
          'x',
        ),
        atLeast(
          `operations with ${withBoth.name}, to those without, by the clock`,
          timesAsFast(clock, withBoth.name, unwatched.name),
          0.9,
          'x',
          false,
        ),
        atLeast(
          `operations with ${withMetrics.name} alone, to those without, by processor time`,
          timesAsFast(processor, withMetrics.name, unwatched.name),
          0.97,
          'x',
          false,
        ),
      ],
    };
  },
};
