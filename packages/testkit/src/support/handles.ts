import type { ArtifactBackend } from '@artifacts/core';

import type { Harness } from '../harness.ts';

/** Two handles on one storage, as two processes would have. */
export type Handles = readonly [ArtifactBackend, ArtifactBackend];

export async function twoHandles(harness: Harness): Promise<Handles> {
  return [await harness.open(), await harness.open()];
}

/** The handle of one of many workers. */
export function pick(handles: Handles, worker: number): ArtifactBackend {
  return worker % 2 === 0 ? handles[0] : handles[1];
}

/** Calls `work` with 0 to `count - 1`, at most sixteen at a time: a server is tested here, not its connection limit. */
export async function times(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
