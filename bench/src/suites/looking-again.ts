import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { localBackend } from '@artifacts/backend-local';
import { memoryBackend } from '@artifacts/core/memory';

import type { Suite } from '../bench.ts';
import { runTask } from '../child.ts';
import type { CoreSettings } from '../core-settings.ts';
import type { Counts } from '../counting.ts';
import { lookTwice, type Looks } from '../looks.ts';
import type { FactTable, Target } from '../results.ts';
import { openedWithin, straceMissing, traced, type Opened } from '../strace.ts';
import { exactly } from '../targets.ts';

/** What it costs to look once more at what has not changed. */
export const lookingAgain: Suite<CoreSettings> = {
  name: 'looking-again',
  async run(settings, scratch) {
    const { listed, overfull } = settings;
    return scratch.folder('looking-again', async (folder) => {
      const twice = async (count: number): Promise<readonly [Looks, Looks]> => {
        const root = rootOf(folder, count);
        await mkdir(root, { mode: 0o700 });
        const inMemory = await lookTwice('memory', memoryBackend(), count, settings);
        return [inMemory, await lookTwice('local', localBackend({ root, durability: 'process' }), count, settings)];
      };
      const fitting = await twice(listed);
      const opened = await openedAgain(rootOf(folder, listed), listed, folder);
      const tooMany = await twice(overfull);
      return {
        name: 'looking-again',
        title: 'Looking again',
        about: [
          `Artifacts of 100 bytes that nobody changes. Every round opens a new store, with the default cache of 10,000 records, and lists everything twice; "the backend alone" is its own listing of the same keys. On local the files are in the page cache.`,
          `${overfull.toLocaleString('en')} artifacts are the worst case: what was used least recently makes room, so a listing in order finds nothing of the one before.`,
          'What is asked for is counted between the store and its backend, and between the store and its keys.',
          opened === undefined ? straceMissing : 'Opened files are counted from outside, with strace.',
        ],
        races: [...fitting, ...tooMany].map(({ race }) => race),
        tables: [
          askedTable(fitting, listed, tooMany, overfull),
          ...(opened === undefined ? [] : [openedTable(opened)]),
        ],
        targets: [
          ...fitting.flatMap((looks) => targetsOf(looks, listed)),
          ...(opened === undefined
            ? []
            : [exactly('local: files opened by the listing again', opened.files, 0, 'files')]),
        ],
      };
    });
  },
};

function rootOf(folder: string, count: number): string {
  return join(folder, `store-${count}`);
}

/** What the second of two listings opens, seen from outside. */
async function openedAgain(root: string, count: number, folder: string): Promise<Opened | undefined> {
  const marker = join(folder, 'between');
  const calls = await traced(join(folder, 'strace.log'), '%file', (wrapper) =>
    runTask('listAgain', { root, count, marker }, { wrapper }),
  );
  if (calls === undefined) return undefined;
  const between = calls.findIndex((call) => call.includes(`"${marker}"`));
  if (between < 0) throw new Error('strace did not see what stands between the two listings');
  return openedWithin(root, calls.slice(between));
}

function askedTable(fitting: readonly Looks[], listed: number, tooMany: readonly Looks[], overfull: number): FactTable {
  const row = (medium: string, what: string, { requests, listings, reads, unchanged, checks }: Counts) => [
    medium,
    what,
    requests,
    listings,
    reads,
    unchanged,
    checks,
  ];
  const listings = ({ medium, counts }: Looks, count: number) => [
    row(medium, `listing ${count.toLocaleString('en')}`, counts.listing),
    row(medium, 'again', counts.listingAgain),
  ];
  return {
    title: 'What is asked for',
    columns: ['backend', 'what', 'requests', 'listings', 'reads', 'answered "unchanged"', 'signature checks'],
    rows: [
      ...fitting.flatMap((looks) => [
        row(looks.medium, 'getMetadata', looks.counts.metadata),
        row(looks.medium, 'again', looks.counts.metadataAgain),
        ...listings(looks, listed),
      ]),
      ...tooMany.flatMap((looks) => listings(looks, overfull)),
    ],
  };
}

function openedTable({ files, directories, other }: Opened): FactTable {
  return {
    title: 'What the listing again opens, local',
    columns: ['what', 'value'],
    rows: [
      ['files', files],
      ['directories', directories],
      ['other calls with a path in the store', other],
    ],
  };
}

function targetsOf({ medium, counts: { metadataAgain, listingAgain } }: Looks, listed: number): Target[] {
  const listing = `${medium}: listing ${listed.toLocaleString('en')} again`;
  return [
    exactly(`${medium}: getMetadata again`, metadataAgain.requests, 1, 'requests'),
    exactly(`${medium}: getMetadata again`, metadataAgain.checks, 0, 'signature checks'),
    exactly(`${listing}, besides the listing`, listingAgain.requests - listingAgain.listings, 0, 'requests'),
    exactly(listing, listingAgain.checks, 0, 'signature checks'),
  ];
}
