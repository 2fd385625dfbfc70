import type { Suite } from '../bench.ts';
import { runTask } from '../child.ts';
import type { LocalSettings } from '../local-settings.ts';
import type { MemoryGrowth } from '../memory-watch.ts';
import { sizeText } from '../settings.ts';
import { atMost } from '../targets.ts';

const flags = ['--max-old-space-size=128'];

/** How much memory large and many transfers need. */
export const memory: Suite<LocalSettings> = {
  name: 'memory',
  async run({ hugeBytes, sharedBytes, readers }, scratch) {
    const [up, down] = await scratch.folder('huge', async (root) => {
      const id = 'huge';
      const uploading = await runTask('uploadEndless', { place: { root }, id, bytes: hugeBytes }, { flags });
      return [uploading, await runTask('downloadWhole', { place: { root }, id, readers: 1 }, { flags })] as const;
    });
    const many = await scratch.folder('shared', async (root) => {
      const id = 'shared';
      await runTask('uploadEndless', { place: { root }, id, bytes: sharedBytes }, { flags });
      return runTask('downloadWhole', { place: { root }, id, readers }, { flags });
    });
    const huge = sizeText(hugeBytes);
    const shared = `${readers} concurrent downloads of ${sizeText(sharedBytes)}`;
    const row = (what: string, { baselineMiB, peakMiB, growthMiB, rate }: MemoryGrowth & { rate: number }) => [
      what,
      baselineMiB,
      peakMiB,
      growthMiB,
      rate,
    ];
    return {
      name: 'memory',
      title: 'Memory',
      about: [
        'Each in a process of its own, `node --max-old-space-size=128`, with `durability` `full`. The baseline is the resident memory (RSS) after one small transfer; the peak is the larger of a sample every 100 ms and the high-water mark of the kernel.',
        'The source of the upload is a generator of unknown length in chunks of 256 KiB; downloads go nowhere.',
      ],
      races: [],
      tables: [
        {
          title: 'Resident memory',
          columns: ['what', 'baseline, MiB', 'peak, MiB', 'growth, MiB', 'MiB/s'],
          rows: [row(`upload of ${huge}`, up), row(`download of ${huge}`, down), row(shared, many)],
        },
      ],
      targets: [
        atMost(`RSS growth, upload of ${huge}`, up.growthMiB, 64, 'MiB'),
        atMost(`RSS growth, download of ${huge}`, down.growthMiB, 64, 'MiB'),
        atMost(`RSS growth, ${shared}`, many.growthMiB, 400, 'MiB'),
      ],
    };
  },
};
