import { join } from 'node:path';

import { ArtifactError } from '@artifacts/core';

import { writeBody } from './body.ts';
import { dropClaim, newClaim } from './claims.ts';
import { createFlags, systemCode } from './filesystem.ts';
import type { Medium } from './medium.ts';
import { keptTime, stamp, toSeconds, versionOf } from './versions.ts';

/** A whole object that nobody sees yet. */
export interface Staged {
  readonly path: string;
  readonly size: number;
  /** The version it will have under its key. */
  readonly version: string;
}

/** A name in the staging directory that nothing has, and that is discarded when this process dies. */
export async function newStagingPath({ root }: Medium): Promise<string> {
  return join((await root.ensure()).staging, newClaim());
}

/** Removes what is at the path, if anything is. Never fails: what stays is found by `discardUnfinished`. */
export async function unstage({ fs }: Medium, path: string): Promise<void> {
  await fs.unlink(path).catch(() => undefined);
  forgetStaging(path);
}

/** What is at the path, if anything is, is needed no longer. */
export function forgetStaging(path: string): void {
  dropClaim(path.slice(path.lastIndexOf('/') + 1));
}

/**
 * Writes `body` to a new file, complete and as durable as asked for. Leaves nothing behind when it fails.
 *
 * @throws `INVALID_ARGUMENT` when the body is not `expectedSize` bytes long
 */
export async function stage(
  medium: Medium,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  expectedSize: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Staged> {
  const { fs, settings } = medium;
  const path = await newStagingPath(medium);
  let descriptor: number | undefined;
  try {
    descriptor = await create(medium, path);
    if (settings.group) await fs.fchmod(descriptor, 0o660);
    const size = await writeBody(fs, descriptor, body, expectedSize, signal);
    const version = await seal(medium, descriptor, size);
    const sealed = descriptor;
    descriptor = undefined;
    await fs.closeQuickly(sealed);
    return { path, size, version };
  } catch (error) {
    if (descriptor !== undefined) await fs.close(descriptor).catch(() => undefined);
    await unstage(medium, path);
    throw error;
  }
}

async function create({ fs, root, settings }: Medium, path: string): Promise<number> {
  const mode = settings.group ? 0o660 : 0o600;
  try {
    return await fs.open(path, createFlags, mode);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    await root.ensure(true);
    return fs.open(path, createFlags, mode);
  }
}

/** Makes sure that the file has all its bytes and a time of its own, and brings it to the disk; gives its version. */
async function seal({ fs, settings }: Medium, descriptor: number, size: number): Promise<string> {
  const time = stamp();
  await fs.futimes(descriptor, toSeconds(time), toSeconds(time));
  const stat = await fs.fstat(descriptor);
  if (stat.size !== BigInt(size)) {
    throw new ArtifactError('BACKEND', `the file system kept ${stat.size} of ${size} bytes`, {
      expected: size,
      found: Number(stat.size),
    });
  }
  if (!keptTime(stat, time)) {
    throw new ArtifactError('CONFIGURATION', 'the file system of the root does not keep times to the microsecond', {
      field: 'root',
    });
  }
  if (settings.durable) await fs.fsync(descriptor);
  return versionOf(stat);
}
