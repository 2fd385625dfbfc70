import { dirname, join } from 'node:path';

import { assertKey, type WriteOptions, type Written } from '@artifacts/core';

import { assertSize } from './body.ts';
import { commit } from './commit.ts';
import { assertHolds } from './conditions.ts';
import { invalidArgument } from './failures.ts';
import type { Medium } from './medium.ts';
import { pathOf } from './names.ts';
import { presentVersion } from './present.ts';
import { forgetStaging, stage, unstage } from './staging.ts';

/** Stores an object: all its bytes in a staging file first, then one step that makes them visible. */
export async function writeObject(
  medium: Medium,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { condition, size, signal }: WriteOptions,
): Promise<Written> {
  assertKey(key);
  if (body instanceof Uint8Array) {
    assertSize(size, body.length);
  } else if (condition !== undefined) {
    throw invalidArgument('condition', 'a conditional write needs its body as one Uint8Array');
  }
  signal?.throwIfAborted();
  const { root, objects } = await medium.root.ensure();
  const target = { key, path: join(objects, pathOf(key)), objects, root };
  const reachable = await medium.directories.verify(dirname(target.path));
  if (reachable) await medium.directories.share(dirname(target.path));
  // Most overwrites begin with a create that finds the key taken. Seen early, that costs no file on the disk.
  if (condition !== undefined) {
    assertHolds(key, condition, reachable ? await presentVersion(medium.fs, target.path) : undefined);
  }
  const staged = await stage(medium, body, size, signal);
  try {
    signal?.throwIfAborted();
    await commit(medium, staged, target, condition, signal);
  } catch (error) {
    await unstage(medium, staged.path);
    // Directories made for an object that did not come.
    await medium.directories.prune(dirname(target.path), objects);
    throw error;
  }
  forgetStaging(staged.path);
  return { key, size: staged.size, version: staged.version };
}
