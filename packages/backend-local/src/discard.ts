import { join } from 'node:path';

import type { CallOptions } from '@artifacts/core';

import { claimLiveness } from './claims.ts';
import { type FileStat, isMissing, systemCode } from './filesystem.ts';
import type { Medium } from './medium.ts';
import { namesIn, statPresent } from './present.ts';

/**
 * Removes staging files and lock tokens that were last touched before `before` and whose process is dead. A staging file whose
 * process cannot be seen, in another pid namespace, goes by its age alone: the worst is a write that fails. A lock does not.
 */
export async function discardUnfinished(medium: Medium, before: Date, { signal }: CallOptions): Promise<void> {
  signal?.throwIfAborted();
  const layout = await medium.root.find();
  if (layout === undefined) return;
  const { fs } = medium;
  const ifOld = async (path: string): Promise<FileStat | undefined> => {
    const stat = await statPresent(fs, path);
    return stat !== undefined && Number(stat.mtimeNs) / 1e6 < before.getTime() ? stat : undefined;
  };

  for (const name of await namesIn(fs, layout.staging)) {
    signal?.throwIfAborted();
    const path = join(layout.staging, name);
    const liveness = claimLiveness(name);
    if (liveness === undefined || liveness === 'alive' || (await ifOld(path)) === undefined) continue;
    await unlessGone(fs.unlink(path));
  }

  // Held locks are named for their keys, those being prepared for their only token.
  for (const name of await namesIn(fs, layout.locks)) {
    signal?.throwIfAborted();
    const path = join(layout.locks, name);
    if (!isLock(name) || (await ifOld(path))?.isDirectory() !== true) continue;
    for (const token of await namesIn(fs, path)) {
      if (claimLiveness(token) === 'dead') await unlessGone(fs.rmdir(join(path, token)));
    }
    // One that was prepared and died before it had a token is empty, and so is one that was not tidied up.
    if (claimLiveness(name) !== 'alive') await unlessGone(fs.rmdir(path));
  }
}

function isLock(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name) || claimLiveness(name) !== undefined;
}

async function unlessGone(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!isMissing(error) && systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw error;
  }
}
