import type { CallOptions } from '@artifacts/core';

import { listPage } from './list.ts';
import type { Medium } from './medium.ts';
import { requireObjectLock } from './object-lock.ts';
import { readObject } from './read.ts';

/** Lists and reads, which shows that the bucket is there, and the rights. */
export async function checkMedium(medium: Medium, { signal }: CallOptions): Promise<void> {
  signal?.throwIfAborted();
  await requireObjectLock(medium, signal);
  await listPage(medium, medium.settings.prefix, undefined, undefined, signal, 1);
  // Whether it is there does not matter: who may not read is told so either way.
  await readObject(medium, 'store.json', { range: { start: 0, end: 1 }, signal });
}
