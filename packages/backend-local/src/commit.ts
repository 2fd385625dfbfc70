import { dirname } from 'node:path';

import type { WriteCondition } from '@artifacts/core';

import { assertHolds } from './conditions.ts';
import { maybeApplied, tampered } from './failures.ts';
import { systemCode } from './filesystem.ts';
import type { Medium } from './medium.ts';
import { presentVersion, statPresent, versionIn } from './present.ts';
import { newStagingPath, type Staged, unstage } from './staging.ts';

/** Where an object goes. */
export interface Target {
  readonly key: string;
  readonly path: string;
  readonly objects: string;
  readonly root: string;
}

/** A directory that others keep removing is made again this many times. */
const maxAttempts = 100;

/** What `link` fails with on a file system that has no hard links. */
const linkless: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Makes a staged object visible under its key and durable. A new object is linked into place, which fails when there is
 * one already; an object is replaced, and deleted, only under the lock of its key, so between looking at it and
 * replacing it nobody else does. When this rejects the previous object is there, or none, unless the error says otherwise.
 */
export async function commit(
  medium: Medium,
  staged: Staged,
  target: Target,
  condition: WriteCondition | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const underLock = <T>(work: () => Promise<T>): Promise<T> => medium.locks.hold(target.key, signal, work);
  if (condition === undefined || 'absent' in condition) {
    const created = await placeNew(medium, staged, target, underLock);
    if (created) return settleNew(medium, staged, target, underLock);
    assertHolds(target.key, condition, 'present');
  }
  await underLock(() => replace(medium, staged, target, condition));
}

type Locked = <T>(work: () => Promise<T>) => Promise<T>;

/** For whoever holds the lock already. */
const alreadyLocked: Locked = (work) => work();

/** Puts the object where nothing is; `false` when something is. */
async function placeNew(medium: Medium, staged: Staged, target: Target, underLock: Locked): Promise<boolean> {
  try {
    await withDirectories(medium, target, () => medium.fs.link(staged.path, target.path));
    return true;
  } catch (error) {
    if (linkless.has(systemCode(error))) return underLock(() => renameNew(medium, staged, target));
    if (await wasApplied(medium, staged, target, error)) return true;
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function renameNew(medium: Medium, staged: Staged, target: Target): Promise<boolean> {
  if ((await statPresent(medium.fs, target.path)) !== undefined) return false;
  await withDirectories(medium, target, () => rename(medium, staged, target));
  return true;
}

/** Does a step that needs the directories above the object, which may be missing or be removed with their last object. */
async function withDirectories(medium: Medium, target: Target, step: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await step();
      return;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || attempt === maxAttempts) throw error;
    }
    await medium.directories.makeInside(dirname(target.path), target.objects);
  }
}

async function rename(medium: Medium, staged: Staged, target: Target): Promise<void> {
  try {
    await medium.fs.rename(staged.path, target.path);
  } catch (error) {
    if (!(await wasApplied(medium, staged, target, error))) throw error;
  }
}

/** Whether a step that failed was done all the same; seldom, but then the object is visible. */
async function wasApplied({ fs }: Medium, staged: Staged, target: Target, error: unknown): Promise<boolean> {
  try {
    return (await presentVersion(fs, target.path)) === staged.version;
  } catch {
    throw maybeApplied(target.key, error);
  }
}

/** Makes a new object durable, or takes it back. */
async function settleNew(medium: Medium, staged: Staged, target: Target, underLock: Locked): Promise<void> {
  const { fs, directories } = medium;
  const path = dirname(target.path);
  try {
    await Promise.all([directories.sync(path, target.root), unstage(medium, staged.path)]);
  } catch (error) {
    // Taken back is only what would be gone after a loss of power, too.
    try {
      await underLock(async () => {
        const present = await presentVersion(fs, target.path);
        // Somebody has read it, and what was built upon it is acknowledged.
        if (present !== undefined && present !== staged.version) throw maybeApplied(target.key, error);
        if (present !== undefined) await fs.unlink(target.path);
        await directories.sync(path, target.root);
      });
    } catch {
      throw maybeApplied(target.key, error);
    }
    throw error;
  }
}

/** Replaces what is there, if the condition holds. The caller holds the lock until the new object is durable. */
async function replace(
  medium: Medium,
  staged: Staged,
  target: Target,
  condition: WriteCondition | undefined,
): Promise<void> {
  for (;;) {
    const stat = await statPresent(medium.fs, target.path);
    assertHolds(target.key, condition, stat && versionIn(stat));
    if (stat === undefined) {
      // Deleted since it was in the way. Creating needs no lock, so somebody may be faster again.
      const created = await placeNew(medium, staged, target, alreadyLocked);
      if (created) return settleNew(medium, staged, target, alreadyLocked);
    } else if (stat.isFile()) {
      return replaceFile(medium, staged, target);
    } else {
      throw tampered(target.path, 'something that is not a regular file');
    }
  }
}

async function replaceFile(medium: Medium, staged: Staged, target: Target): Promise<void> {
  const { fs, directories, settings } = medium;
  const backup = await newStagingPath(medium);
  try {
    const restorable = settings.durable && (await backUp(medium, target.path, backup));
    await rename(medium, staged, target);
    try {
      await directories.sync(dirname(target.path), target.root);
    } catch (error) {
      if (!restorable) throw maybeApplied(target.key, error);
      try {
        await fs.rename(backup, target.path);
        await directories.sync(dirname(target.path), target.root);
      } catch {
        throw maybeApplied(target.key, error);
      }
      throw error;
    }
  } finally {
    await unstage(medium, backup);
  }
}

/** Keeps the old object until the new one is durable; `false` where there are no hard links. */
async function backUp({ fs }: Medium, path: string, backup: string): Promise<boolean> {
  try {
    await fs.link(path, backup);
    return true;
  } catch (error) {
    if (linkless.has(systemCode(error))) return false;
    throw error;
  }
}
