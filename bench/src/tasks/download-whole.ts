import { countBytes } from '../contender.ts';
import { MemoryWatch, type MemoryGrowth } from '../memory-watch.ts';
import { backendAt, type Place } from '../place.ts';
import { mebibyte } from '../settings.ts';
import { openStore } from '../store.ts';
import { secondsOf } from '../clock.ts';

/** Downloads the same artifact several times at once, to nowhere, and watches the memory. */
export async function downloadWhole({
  place,
  id,
  readers,
}: {
  readonly place: Place;
  readonly id: string;
  readonly readers: number;
}): Promise<MemoryGrowth & { readonly rate: number }> {
  const store = openStore(backendAt(place));
  const small = await store.download('warm-up');
  await small.bytes();
  let bytes = 0;
  const watch = new MemoryWatch();
  const seconds = await secondsOf(() =>
    Promise.all(
      Array.from({ length: readers }, async () => {
        const download = await store.download(id);
        const read = await countBytes(download);
        if (read !== download.metadata.sizeBytes) throw new Error(`${id} came with ${read} bytes`);
        bytes += read;
      }),
    ),
  );
  return { ...watch.stop(), rate: bytes / mebibyte / seconds };
}
