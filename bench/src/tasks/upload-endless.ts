import { endless, randomBytes } from '../content.ts';
import { MemoryWatch, type MemoryGrowth } from '../memory-watch.ts';
import { backendAt, type Place } from '../place.ts';
import { mebibyte } from '../settings.ts';
import { openStore } from '../store.ts';
import { secondsOf } from '../clock.ts';

/** Uploads content of unknown length and watches the memory. */
export async function uploadEndless({
  place,
  id,
  bytes,
}: {
  readonly place: Place;
  readonly id: string;
  readonly bytes: number;
}): Promise<MemoryGrowth & { readonly rate: number }> {
  const store = openStore(backendAt(place));
  await store.upload('warm-up', randomBytes(1024));
  const watch = new MemoryWatch();
  const seconds = await secondsOf(() => store.upload(id, endless(bytes)));
  return { ...watch.stop(), rate: bytes / mebibyte / seconds };
}
