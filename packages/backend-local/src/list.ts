import { join } from 'node:path';

import { type ArtifactError, type BackendListOptions, isKey, type ObjectInfo } from '@artifacts/core';

import { tampered } from './failures.ts';
import type { FileStat } from './filesystem.ts';
import type { Medium } from './medium.ts';
import { completeFragments, couldStartKeys, type Fragment, fragmentOf, isFile, nameOf } from './names.ts';
import { namesIn, statPresent } from './present.ts';
import { infoOf } from './versions.ts';

/** So many files are looked at while the consumer works on the one before. */
const lookAhead = 16;

interface Listing {
  readonly medium: Medium;
  readonly options: BackendListOptions;
  /** What no listing may hide, though it has no key to show it under: told after the last good object. */
  tampering?: ArtifactError;
}

/**
 * Lists objects in the order of their keys. One directory at a time is read, only those that can hold what is asked for,
 * and its files are looked at only as the consumer comes to them.
 *
 * What has an object's name and is no regular file is listed like one: reading it fails with `INTEGRITY`. Files of other
 * names are not ours and are left out.
 *
 * @throws `INTEGRITY` at the end, when something else than a directory was in a directory's place
 */
export async function* listObjects(medium: Medium, options: BackendListOptions): AsyncGenerator<ObjectInfo> {
  const { prefix, signal } = options;
  signal?.throwIfAborted();
  const layout = await medium.root.find();
  if (layout === undefined || !couldStartKeys(prefix)) return;
  const { complete } = completeFragments(prefix);
  const path = join(layout.objects, ...complete.map(nameOf));
  if (!(await medium.directories.verify(path))) return;
  const listing: Listing = { medium, options };
  yield* listDirectory(listing, path, complete.join(''));
  if (listing.tampering !== undefined) throw listing.tampering;
}

/** Everything in the directory of all keys that start with `base`. */
async function* listDirectory(listing: Listing, path: string, base: string): AsyncGenerator<ObjectInfo> {
  const { fs } = listing.medium;
  const { signal } = listing.options;
  const fragments = await fragmentsIn(listing, path, base);
  const ahead: Promise<FileStat | undefined>[] = [];
  let asked = 0;
  for (const fragment of fragments) {
    for (; ahead.length < lookAhead && asked < fragments.length; asked += 1) {
      const stat = statPresent(fs, join(path, nameOf(fragments[asked] ?? '')));
      // Whoever leaves early never awaits it.
      stat.catch(() => undefined);
      ahead.push(stat);
    }
    const stat = await ahead.shift();
    signal?.throwIfAborted();
    if (stat === undefined) continue;
    if (isFile(fragment)) {
      yield infoOf(base + fragment, stat);
      signal?.throwIfAborted();
    } else {
      const directory = join(path, nameOf(fragment));
      if (stat.isDirectory()) yield* listDirectory(listing, directory, base + fragment);
      else listing.tampering ??= tampered(directory, 'something that is not a directory');
    }
  }
}

/** What in the directory can hold keys that are asked for, in the order of the keys. */
async function fragmentsIn({ medium, options }: Listing, path: string, base: string): Promise<Fragment[]> {
  const { prefix, after = '' } = options;
  const isAskedFor = (fragment: Fragment): boolean => {
    const start = base + fragment;
    if (isFile(fragment)) return isKey(start) && start.startsWith(prefix) && start > after;
    const holdsPrefix = start.startsWith(prefix) || prefix.startsWith(start);
    return holdsPrefix && couldStartKeys(start) && (start > after || after.startsWith(start));
  };
  const fragments: Fragment[] = [];
  for (const name of await namesIn(medium.fs, path)) {
    const fragment = fragmentOf(name);
    if (fragment !== undefined && isAskedFor(fragment)) fragments.push(fragment);
  }
  // No key has a character beyond ASCII, so the order of strings is that of bytes.
  return fragments.toSorted();
}
