import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Suite } from '../bench.ts';
import { runTask } from '../child.ts';
import { endless } from '../content.ts';
import type { LocalSettings } from '../local-settings.ts';
import { mebibyte, sizeText } from '../settings.ts';
import { atMost } from '../targets.ts';

/** How much is read for a small part of a large artifact. */
export const range: Suite<LocalSettings> = {
  name: 'range',
  async run({ rangedBytes, ranges, seed }, scratch) {
    const size = sizeText(rangedBytes);
    const about = [
      `Ranges of 4 KiB out of ${size}, ${ranges} of them at random places (seed ${seed}) in a process of its own. Bytes are counted by the kernel, in whole KiB: the difference of \`rchar\` in \`/proc/self/io\`.`,
      'Content is verified in units of 1 MiB, so a range reads the units that it touches. cacache has no ranges: it reads and hashes all.',
    ];
    if (!existsSync('/proc/self/io')) {
      const skipped = 'SKIPPED: this system has no /proc/self/io to count with.';
      return { name: 'range', title: 'Ranges', about: [...about, skipped], races: [], tables: [], targets: [] };
    }
    const found = await scratch.folder('range', async (folder) => {
      const root = join(folder, 'store');
      const plainFile = join(folder, 'plain');
      await mkdir(root, { mode: 0o700 });
      await writeFile(plainFile, endless(rangedBytes));
      await runTask('uploadEndless', { place: { root }, id: 'ranged', bytes: rangedBytes });
      return runTask('readRanges', { root, id: 'ranged', plainFile, ranges, seed });
    });
    return {
      name: 'range',
      title: 'Ranges',
      about,
      races: [],
      tables: [
        {
          title: `4 KiB of ${size}`,
          columns: ['what', 'value', 'unit'],
          rows: [
            ['content read for a range inside one unit, at most', found.contentBytes / mebibyte, 'MiB'],
            ['content read for a range across two units', found.crossingBytes / mebibyte, 'MiB'],
            ['record read, once for each download', found.recordBytes / mebibyte, 'MiB'],
            ['time of a verified range, record included, median', found.medianMs, 'ms'],
            ['time of the same read from a plain file, unverified, median', found.rawMedianMs, 'ms'],
          ],
        },
      ],
      targets: [
        atMost(
          `content read for 4 KiB of ${size}`,
          Math.max(found.contentBytes, found.crossingBytes) / mebibyte,
          2,
          'MiB',
        ),
      ],
    };
  },
};
