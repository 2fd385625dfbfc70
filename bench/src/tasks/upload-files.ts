import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { fileSource } from '@artifacts/core/file';

import { eachAtOnce } from '../at-once.ts';
import { secondsOf } from '../clock.ts';
import { backendAt, type Place } from '../place.ts';
import { openStore } from '../store.ts';

/** Uploads every file of a folder, and gives how long it took. */
export async function uploadFiles({
  folder,
  to,
  atOnce,
}: {
  readonly folder: string;
  readonly to: Place;
  readonly atOnce: number;
}): Promise<{ readonly seconds: number }> {
  const target = openStore(backendAt(to));
  await target.ready();
  const seconds = await secondsOf(async () => {
    const names = await readdir(folder);
    await eachAtOnce(names.toSorted(), atOnce, async (name) => {
      await target.upload(name, await fileSource(join(folder, name)));
    });
  });
  return { seconds };
}
