import type { Download } from '@artifacts/core';

import { eachAtOnce } from '../at-once.ts';
import { countBytes } from '../contender.ts';
import { randomBytes } from '../content.ts';
import { heldNow, settle, type Held } from '../left-behind.ts';
import { backendAt, type Place } from '../place.ts';
import { mebibyte } from '../settings.ts';
import { openStore } from '../store.ts';

interface Counted extends Held {
  /** End events of downloads so far. */
  readonly ended: number;
}

interface Unread {
  readonly before: Counted;
  /** While all handles are there. */
  readonly opened: Counted;
  /** When none is there any more, and the garbage was collected. */
  readonly dropped: Counted;
  /** Bytes that one more download gave after them. */
  readonly another: number;
}

/** Opens downloads of small and large artifacts, reads none of them, and drops them all. */
export async function leaveUnread({
  place,
  count,
  atOnce,
}: {
  readonly place: Place;
  readonly count: number;
  readonly atOnce: number;
}): Promise<Unread> {
  let ended = 0;
  const observer = {
    end: ({ operation }: { readonly operation: string }) => void (ended += operation === 'download' ? 1 : 0),
  };
  const store = openStore(backendAt(place), { observers: [observer] });
  const look = async (): Promise<Counted> => ({ ...(await heldNow()), ended });
  const ids = ['small', 'large'] as const;
  await store.upload('small', randomBytes(1024));
  await store.upload('large', randomBytes(2 * mebibyte));
  for (const id of ids) {
    const download = await store.download(id);
    await download.bytes();
  }
  ended = 0;

  const before = await look();
  const handles: (Download | ReadableStream)[] = [];
  await eachAtOnce(
    Array.from({ length: count }, (_, index) => index),
    atOnce,
    async (index) => {
      const download = await store.download(ids[index % 2] ?? 'small');
      // A stream that nobody pulls from is a handle, too.
      handles.push(index % 4 < 2 ? download : download.stream());
    },
  );
  const opened = await look();
  handles.length = 0;
  await settle(() => ended === count);
  const dropped = await look();
  const another = await store.download('large');
  return { before, opened, dropped, another: await countBytes(another) };
}
