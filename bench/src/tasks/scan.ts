import { localBackend } from '@artifacts/backend-local';

import { mebibyte } from '../settings.ts';
import { openStore } from '../store.ts';
import { secondsOf } from '../clock.ts';

const marks = [0.1, 0.5, 1];

interface Scan {
  /** Resident memory when a tenth, half and all of the listing had been read, in MiB. */
  readonly rssMiB: readonly number[];
  readonly seconds: number;
}

/** Lists everything and looks at the memory on the way. */
export async function scan({ root, count }: { readonly root: string; readonly count: number }): Promise<Scan> {
  const store = openStore(localBackend({ root }));
  const at = new Set(marks.map((mark) => Math.floor(mark * count)));
  const rssMiB: number[] = [];
  let seen = 0;
  const seconds = await secondsOf(async () => {
    for await (const _ of store.list()) {
      seen += 1;
      if (at.has(seen)) rssMiB.push(process.memoryUsage.rss() / mebibyte);
    }
  });
  if (seen !== count) throw new Error(`listed ${seen} of ${count} artifacts`);
  return { rssMiB, seconds };
}
