import { open } from 'node:fs/promises';

import { localBackend } from '@artifacts/backend-local';

import { bytesReadBy } from '../bytes-read.ts';
import { Random } from '../random.ts';
import { median } from '../statistics.ts';
import { mebibyte } from '../settings.ts';
import { openStore } from '../store.ts';
import { secondsOf } from '../clock.ts';

const rangeBytes = 4096;

interface RangeReads {
  /** Of the record, when the download is opened. */
  readonly recordBytes: number;
  /** Of the content, at most, for a range inside one unit of verification. */
  readonly contentBytes: number;
  /** Of the content, for a range across the boundary of two. */
  readonly crossingBytes: number;
  readonly medianMs: number;
  /** Of a read of the same bytes from a plain file, unverified. */
  readonly rawMedianMs: number;
}

/** Reads ranges of a large artifact and counts the bytes that the process read for them. */
export async function readRanges({
  root,
  id,
  plainFile,
  ranges,
  seed,
}: {
  readonly root: string;
  readonly id: string;
  /** As long as the artifact. */
  readonly plainFile: string;
  readonly ranges: number;
  readonly seed: number;
}): Promise<RangeReads> {
  const store = openStore(localBackend({ root }));
  const small = await store.download('warm-up');
  await small.bytes();

  const { metadata } = await store.download(id);
  const recordBytes = await bytesReadBy(() => store.download(id));
  const contentOf = async (start: number): Promise<number> => {
    const download = await store.download(id, { range: { start, end: start + rangeBytes } });
    return bytesReadBy(() => download.bytes());
  };

  const random = new Random(seed);
  const units = metadata.sizeBytes / mebibyte;
  const starts = Array.from(
    { length: ranges },
    () => random.below(units) * mebibyte + random.below(mebibyte - rangeBytes),
  );
  const content: number[] = [];
  for (const start of starts) content.push(await contentOf(start));

  const times: number[] = [];
  const rawTimes: number[] = [];
  for (const start of starts) {
    times.push(
      await secondsOf(async () => {
        const download = await store.download(id, { range: { start, end: start + rangeBytes } });
        await download.bytes();
      }),
    );
    rawTimes.push(await secondsOf(() => readPlain(plainFile, start)));
  }
  return {
    recordBytes,
    contentBytes: Math.max(...content),
    crossingBytes: await contentOf(mebibyte - rangeBytes / 2),
    medianMs: median(times) * 1000,
    rawMedianMs: median(rawTimes) * 1000,
  };
}

async function readPlain(path: string, start: number): Promise<void> {
  await using file = await open(path);
  await file.read(Buffer.allocUnsafe(rangeBytes), 0, rangeBytes, start);
}
