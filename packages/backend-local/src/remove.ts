import { dirname, join } from 'node:path';

import { assertKey, type BackendDeleteOptions } from '@artifacts/core';

import type { Target } from './commit.ts';
import { assertHolds } from './conditions.ts';
import { maybeApplied, tampered } from './failures.ts';
import type { Medium } from './medium.ts';
import { pathOf } from './names.ts';
import { statPresent, versionIn } from './present.ts';

/** Deletes an object and the directories that are empty without it. */
export async function deleteObject(
  medium: Medium,
  key: string,
  { condition, signal }: BackendDeleteOptions,
): Promise<void> {
  assertKey(key);
  signal?.throwIfAborted();
  const layout = await medium.root.find();
  if (layout === undefined) return;
  const { root, objects } = layout;
  const target = { key, path: join(objects, pathOf(key)), objects, root };
  const { fs, directories, locks } = medium;
  const reachable = await directories.verify(dirname(target.path));
  if (!reachable || (await statPresent(fs, target.path)) === undefined) {
    // Somebody else's delete may not have come to the disk yet, and this one promises as much.
    await directories.sync(dirname(target.path), root);
    return;
  }
  await locks.hold(key, signal, () => remove(medium, target, condition));
}

async function remove(medium: Medium, target: Target, condition: BackendDeleteOptions['condition']): Promise<void> {
  const { fs, directories } = medium;
  const stat = await statPresent(fs, target.path);
  if (stat !== undefined) {
    assertHolds(target.key, condition, versionIn(stat));
    if (stat.isDirectory()) throw tampered(target.path, 'a directory');
    await unlink(medium, target);
  }
  try {
    await directories.sync(await directories.prune(dirname(target.path), target.objects), target.root);
  } catch (error) {
    throw maybeApplied(target.key, error);
  }
}

async function unlink({ fs }: Medium, { key, path }: Target): Promise<void> {
  try {
    await fs.unlink(path);
  } catch (error) {
    const stat = await statPresent(fs, path).catch(() => {
      throw maybeApplied(key, error);
    });
    if (stat !== undefined) throw error;
  }
}
