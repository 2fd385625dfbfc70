import { dirname, join } from 'node:path';

import { ArtifactError, assertKey, type ReadOptions, type ReadResult } from '@artifacts/core';

import { invalidArgument, tampered } from './failures.ts';
import { isMissing, readFlags, systemCode } from './filesystem.ts';
import type { Medium } from './medium.ts';
import { pathOf } from './names.ts';
import { closeRead, readExactly, streamFile } from './file-stream.ts';
import { infoOf } from './versions.ts';

/** Up to this many bytes are read at once with the file's description, instead of opening it again. */
const atOnceBytes = 256 * 1024;

/** Finds an object. Nothing stays open. */
export async function readObject(
  medium: Medium,
  key: string,
  { range, ifChanged, signal }: ReadOptions,
): Promise<ReadResult> {
  assertKey(key);
  if (range !== undefined) assertRange(range);
  signal?.throwIfAborted();
  const layout = await medium.root.find();
  if (layout === undefined) return { status: 'absent' };
  const path = join(layout.objects, pathOf(key));
  const descriptor = await openObject(medium, path);
  if (descriptor === undefined) return { status: 'absent' };
  const { fs } = medium;
  try {
    const stat = await fs.fstat(descriptor);
    if (!stat.isFile()) throw tampered(path, 'something that is not a regular file');
    const info = infoOf(key, stat);
    if (info.version === ifChanged) return { status: 'unchanged', info };
    const end = Math.min(range?.end ?? info.size, info.size);
    const start = Math.min(range?.start ?? 0, end);
    if (end - start > atOnceBytes) {
      const body = streamFile(() => reopen(medium, path, key, info.version), fs, start, end, signal);
      return { status: 'found', info, body };
    }
    const bytes = await readExactly(fs, descriptor, start, end);
    return { status: 'found', info, body: once(bytes, signal) };
  } finally {
    await closeRead(fs, descriptor);
  }
}

function assertRange({ start, end }: { readonly start: number; readonly end: number }): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) return;
  throw invalidArgument('range', `range [${start}, ${end}) is not one of whole numbers from 0 on`);
}

/** Opens the file at the path if that leads there through directories of ours only; `undefined` when nothing is there. */
async function openObject({ fs, directories }: Medium, path: string): Promise<number | undefined> {
  const [opened, verified] = await Promise.allSettled([fs.open(path, readFlags), directories.verify(dirname(path))]);
  if (verified.status === 'rejected') {
    if (opened.status === 'fulfilled') await closeRead(fs, opened.value);
    throw verified.reason;
  }
  if (opened.status === 'fulfilled') return opened.value;
  if (isMissing(opened.reason)) return undefined;
  const code = systemCode(opened.reason);
  if (code === 'ELOOP' || code === 'ENXIO') throw tampered(path, 'a symbolic link or a special file');
  throw opened.reason;
}

/** Opens the file again for its body. */
async function reopen(medium: Medium, path: string, key: string, version: string): Promise<number> {
  const descriptor = await openObject(medium, path);
  if (descriptor === undefined) throw superseded(key, version, 'absent');
  try {
    const { version: found } = infoOf(key, await medium.fs.fstat(descriptor));
    if (found !== version) throw superseded(key, version, found);
    return descriptor;
  } catch (error) {
    await closeRead(medium.fs, descriptor);
    throw error;
  }
}

function superseded(key: string, expected: string, found: string): ArtifactError {
  const message = `the object at "${key}" was replaced or deleted before its body was read`;
  return new ArtifactError('SUPERSEDED', message, { expected, found });
}

async function* once(bytes: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  if (bytes.length > 0) yield bytes;
}
