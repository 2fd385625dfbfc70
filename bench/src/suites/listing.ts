import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { localBackend } from '@artifacts/backend-local';

import { eachAtOnce } from '../at-once.ts';
import type { Suite } from '../bench.ts';
import { runTask } from '../child.ts';
import { secondsOf } from '../clock.ts';
import { randomBytes } from '../content.ts';
import type { LocalSettings } from '../local-settings.ts';
import type { FactTable, Target } from '../results.ts';
import type { Scratch } from '../scratch.ts';
import { median } from '../statistics.ts';
import { openStore } from '../store.ts';
import { openedWithin, straceMissing, traced } from '../strace.ts';
import { atMost } from '../targets.ts';

const pageSize = 100;
const flags = ['--max-old-space-size=128'];

/** What listing costs when there is much to list. */
export const listing: Suite<LocalSettings> = {
  name: 'listing',
  async run(settings, scratch) {
    return scratch.folder('listing', async (folder) => {
      const root = join(folder, 'store');
      const creating = await create(root, settings);
      const count = settings.listed.toLocaleString('en');
      const page = await firstPage(root, scratch, settings);
      const { rssMiB, seconds } = await runTask('scan', { root, count: settings.listed }, { flags });
      const [early = 0, , late = 0] = rssMiB;
      return {
        name: 'listing',
        title: 'Listing',
        about: [
          `${count} artifacts of 100 bytes. Each measurement in a process of its own, \`node --max-old-space-size=128\`, from a warm page cache.`,
          page.opened === undefined ? straceMissing : 'Opened files are counted from outside, with strace.',
        ],
        races: [],
        tables: [
          {
            title: `Listing ${count} artifacts`,
            columns: ['what', 'value', 'unit'],
            rows: [
              [`creating them, ${settings.atOnce} at a time, \`durability\` \`process\``, creating, 'artifacts/s'],
              [`first page of ${pageSize}, median of ${settings.rounds} processes`, page.medianMs, 'ms'],
              ...(page.opened?.rows ?? []),
              ['full scan', settings.listed / seconds, 'artifacts/s'],
              ...rssMiB.map((rss, index) => [`RSS at ${['10', '50', '100'][index]} % of the scan`, rss, 'MiB']),
            ],
          } satisfies FactTable,
        ],
        targets: [
          ...(page.opened?.targets ?? []),
          atMost('RSS growth of a full scan from 10 % to 100 %', late - early, 16, 'MiB'),
        ],
      };
    });
  },
};

/** Gives artifacts per second. */
async function create(root: string, { listed, atOnce }: LocalSettings): Promise<number> {
  await mkdir(root, { mode: 0o700 });
  const store = openStore(localBackend({ root, durability: 'process' }));
  const content = randomBytes(100);
  const ids = Array.from({ length: listed }, (_, index) => `item-${String(index).padStart(6, '0')}`);
  const seconds = await secondsOf(() =>
    eachAtOnce(ids, atOnce, async (id) => {
      await store.upload(id, content);
    }),
  );
  return listed / seconds;
}

interface FirstPage {
  readonly medianMs: number;
  readonly opened?: { readonly rows: FactTable['rows']; readonly targets: readonly Target[] };
}

async function firstPage(root: string, scratch: Scratch, { rounds }: LocalSettings): Promise<FirstPage> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const { seconds } = await runTask('listPage', { root, limit: pageSize }, { flags });
    if (round > 0) times.push(seconds * 1000);
  }
  const medianMs = median(times);
  const calls = await traced(join(scratch.root, 'strace.log'), '%file', (wrapper) =>
    runTask('listPage', { root, limit: pageSize }, { flags, wrapper }),
  );
  if (calls === undefined) return { medianMs };
  const { files, directories, other } = openedWithin(root, calls);
  return {
    medianMs,
    opened: {
      rows: [
        ['files opened for the first page', files, 'files'],
        ['directories opened for it', directories, 'directories'],
        ['other calls with a path in the store', other, 'calls'],
      ],
      targets: [
        atMost(`files opened for the first page of ${pageSize}`, files, pageSize, 'files'),
        // The names: those of the directory of records, and what leads to it.
        atMost('directories read for it', directories, 2, 'directories'),
      ],
    },
  };
}
