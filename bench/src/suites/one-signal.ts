import type { Suite } from '../bench.ts';
import { runTask } from '../child.ts';
import type { CoreSettings } from '../core-settings.ts';
import { atMost, exactly } from '../targets.ts';

/** What stays of very many operations that share one signal. */
export const oneSignal: Suite<CoreSettings> = {
  name: 'one-signal',
  async run({ operations, callers }) {
    const found = await runTask('oneSignal', { place: 'memory', operations, callers });
    const { listenersBefore, listenersAtMost, listenersAfter, warnings, before, after } = found;
    const [first, last] = [after[0] ?? before, after.at(-1) ?? before];
    const numbers = operations.map((number) => number.toLocaleString('en'));
    const total = `${numbers.at(-1)} operations`;
    return {
      name: 'one-signal',
      title: 'One signal',
      about: [
        `${total} on one \`AbortSignal\` that never aborts, on a backend in memory, in a process of its own. ${callers} callers, each with one operation at a time; of 200 in turn 25 each are getMetadata, a small upload, a download that is read, and a listing, and 100 are those of one uploadMany. All write the same few ids again and again.`,
        'The heap is what is in use after the garbage was collected; timers that do not hold the process, and that `getActiveResourcesInfo` leaves out, would be found there.',
        'Each operation under way has one listener, so with more than ten at once node warns, once, unless the owner of the signal has called `events.setMaxListeners`.',
      ],
      races: [],
      tables: [
        {
          title: `What ${total} leave behind`,
          columns: ['what', 'value', 'unit'],
          rows: [
            ['listeners before', listenersBefore, 'listeners'],
            ['listeners at most', listenersAtMost, 'listeners'],
            ['listeners after', listenersAfter, 'listeners'],
            ['process.getActiveResourcesInfo() before', before.resources, 'resources'],
            ['process.getActiveResourcesInfo() after', last.resources, 'resources'],
            ['warnings of the process', warnings, 'warnings'],
            ...after.map(({ heapMiB }, index) => [`heap after ${numbers[index]}`, heapMiB, 'MiB']),
          ],
        },
      ],
      targets: [
        exactly(`listeners after ${total}`, listenersAfter, listenersBefore, 'listeners'),
        atMost('listeners at once, one for each operation under way', listenersAtMost, callers, 'listeners'),
        exactly(`resources after ${total}`, last.resources, before.resources, 'resources'),
        atMost(`heap growth from ${numbers[0]} to ${total}`, last.heapMiB - first.heapMiB, 1, 'MiB'),
      ],
    };
  },
};
