import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { collectGarbage } from './garbage.ts';
import { mebibyte } from './settings.ts';

export const descriptorFolder = '/proc/self/fd';
const turns = 100;

/** What a process holds. */
export interface Held {
  readonly descriptors: number;
  /** Requests, handles and timers that keep the event loop from ending. */
  readonly resources: number;
  /** Of the heap, in MiB. */
  readonly heapMiB: number;
}

/** What this process holds once everything has ended that ends by itself, and the garbage is collected. */
export async function heldNow(): Promise<Held> {
  await settle(() => false);
  return {
    descriptors: readdirSync(descriptorFolder).length,
    resources: process.getActiveResourcesInfo().length,
    heapMiB: process.memoryUsage().heapUsed / mebibyte,
  };
}

/** Collects garbage and lets the event loop turn, again and again, until it is as expected or nothing more is to come. */
export async function settle(expected: () => boolean): Promise<void> {
  for (let turn = 0; turn < turns && !expected(); turn += 1) {
    collectGarbage();
    await setImmediate();
  }
}
