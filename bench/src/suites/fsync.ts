import { join } from 'node:path';

import type { Suite } from '../bench.ts';
import { runTask } from '../child.ts';
import { entries } from '../contenders/all.ts';
import type { LocalSettings } from '../local-settings.ts';
import { straceMissing, traced } from '../strace.ts';

/** Who brings what it acknowledged to the disk: counted, not believed. */
export const fsync: Suite<LocalSettings> = {
  name: 'fsync',
  async run({ atOnce, watched: objects }, scratch) {
    const rows: [string, string, number][] = [];
    let counted = true;
    await scratch.folder('fsync', async (folder) => {
      for (const [index, { name, open }] of entries.entries()) {
        const root = join(folder, `${index}`);
        const calls = await traced(join(folder, 'strace.log'), 'fsync,fdatasync,sync_file_range,syncfs', (wrapper) =>
          runTask('putSome', { contender: name, root, objects, atOnce }, { wrapper }),
        );
        if (calls === undefined) counted = false;
        else rows.push([name, open(root).upload, calls.length / objects]);
      }
    });
    const about = `fsync and its like, counted with strace while each contender uploads ${objects} objects of 1 KiB, ${atOnce} at a time, and creates what it needs for that. Uploads that wait for the same directory may share one fsync of it.`;
    return {
      name: 'fsync',
      title: 'Who calls fsync',
      about: counted ? [about] : [about, straceMissing],
      races: [],
      tables: [{ title: 'fsync calls', columns: ['contender', 'an upload does', 'calls per upload'], rows }],
      targets: [],
    };
  },
};
