import { createHash } from 'node:crypto';

import { migrate } from '@artifacts/core';

import { secondsOf } from '../clock.ts';
import { backendAt, type Place } from '../place.ts';
import { openStore } from '../store.ts';

/** What a migration came to. */
export interface MigratedStore {
  readonly seconds: number;
  readonly copied: number;
  readonly unchanged: number;
  /** SHA-256 of the manifest. */
  readonly manifest: string;
}

/** Moves a store, or kills itself after so many artifacts. */
export async function migrateStore({
  from,
  to,
  atOnce,
  killAfter,
}: {
  readonly from: Place;
  readonly to: Place;
  readonly atOnce: number;
  readonly killAfter?: number | undefined;
}): Promise<MigratedStore> {
  const target = openStore(backendAt(to));
  await target.ready();
  let moved: Omit<MigratedStore, 'seconds'> | undefined;
  const seconds = await secondsOf(async () => {
    const { copied, unchanged, failures, manifest } = await migrate(openStore(backendAt(from)), target, {
      concurrency: atOnce,
      onProgress: ({ artifacts }) => {
        if (artifacts === killAfter) process.kill(process.pid, 'SIGKILL');
      },
    });
    if (failures[0] !== undefined) throw failures[0].error;
    moved = {
      copied,
      unchanged,
      manifest: createHash('sha256')
        .update(manifest ?? '')
        .digest('hex'),
    };
  });
  if (moved === undefined) throw new Error('nothing was moved');
  return { seconds, ...moved };
}
