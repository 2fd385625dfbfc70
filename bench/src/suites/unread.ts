import { existsSync } from 'node:fs';

import type { Suite } from '../bench.ts';
import { runTask } from '../child.ts';
import type { CoreSettings } from '../core-settings.ts';
import { descriptorFolder } from '../left-behind.ts';
import { exactly } from '../targets.ts';

/** What downloads hold that are opened and never read. */
export const unread: Suite<CoreSettings> = {
  name: 'unread',
  async run({ unread: count, atOnce }, scratch) {
    const downloads = `${count.toLocaleString('en')} downloads`;
    const head = { name: 'unread', title: 'Opened and never read', races: [] };
    const about = `${downloads} are opened on local, ${atOnce} at a time, of a small and of a large artifact (1 KiB and 2 MiB) in turn, and none is read; half of them have given their \`stream()\`, which nobody pulls from. All handles are kept while is counted, and then dropped; a dropped one ends its operation when the garbage collector finds it.`;
    if (!existsSync(descriptorFolder)) {
      const skipped = `SKIPPED: this system has no ${descriptorFolder} to count in.`;
      return { ...head, about: [about, skipped], tables: [], targets: [] };
    }
    const { before, opened, dropped } = await scratch.folder('unread', (root) =>
      runTask('leaveUnread', { place: { root }, count, atOnce }),
    );
    return {
      ...head,
      about: [about],
      tables: [
        {
          title: `${downloads}, opened and never read`,
          columns: ['what', 'before', 'all open', 'all dropped'],
          rows: [
            ['file descriptors of the process', before.descriptors, opened.descriptors, dropped.descriptors],
            ['process.getActiveResourcesInfo()', before.resources, opened.resources, dropped.resources],
            ['heap, MiB', before.heapMiB, opened.heapMiB, dropped.heapMiB],
            ['end events of downloads', before.ended, opened.ended, dropped.ended],
          ],
        },
      ],
      targets: [
        exactly('file descriptors, all open', opened.descriptors, before.descriptors, 'descriptors'),
        exactly('resources, all open', opened.resources, before.resources, 'resources'),
        exactly('end events, all dropped', dropped.ended, count, 'events'),
      ],
    };
  },
};
