import type { Suite } from '../../bench.ts';
import { runTask } from '../../child.ts';
import type { MemoryGrowth } from '../../memory-watch.ts';
import { onServer } from '../../s3-server.ts';
import type { S3Settings } from '../../s3-settings.ts';
import { sizeText } from '../../settings.ts';
import { atMost } from '../../targets.ts';

const flags = ['--max-old-space-size=128'];

/** How much memory large transfers need. */
export const memoryOnS3: Suite<S3Settings> = {
  name: 'memory',
  run: ({ hugeBytes }, scratch) =>
    onServer(scratch, async (server) => {
      const place = { server, prefix: 'memory/' };
      const id = 'huge';
      const up = await runTask('uploadEndless', { place, id, bytes: hugeBytes }, { flags });
      const down = await runTask('downloadWhole', { place, id, readers: 1 }, { flags });
      const huge = sizeText(hugeBytes);
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
          `Each in a process of its own, \`node --max-old-space-size=128\`, on ${server.name}. The baseline is the resident memory (RSS) after one small transfer; the peak is the larger of a sample every 100 ms and the high-water mark of the kernel.`,
          'The source of the upload is a generator of unknown length in chunks of 256 KiB; the download goes nowhere.',
        ],
        races: [],
        tables: [
          {
            title: 'Resident memory',
            columns: ['what', 'baseline, MiB', 'peak, MiB', 'growth, MiB', 'MiB/s'],
            rows: [row(`upload of ${huge}`, up), row(`download of ${huge}`, down)],
          },
        ],
        targets: [
          atMost(`RSS growth, upload of ${huge}`, up.growthMiB, 128, 'MiB'),
          atMost(`RSS growth, download of ${huge}`, down.growthMiB, 64, 'MiB'),
        ],
      };
    }),
};
