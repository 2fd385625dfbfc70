import { dirname, join } from 'node:path';

import { ArtifactError, assertKey, type ReadOptions, type ReadResult } from '@artifacts/core';

import { invalidArgument, tampered } from './failures.ts';
import { isMissing, readFlags, systemCode } from './filesystem.ts';
import type { Medium } from './medium.ts';
import { pathOf } from './names.ts';
import { closeRead, type OpenFile, readExactly, streamFile } from './file-stream.ts';
import { infoOf } from './versions.ts';

/** Up to this many bytes are read at once with the file's description, instead of opening it again. */
const atOnceBytes = 256 * 1024;

/** What opening a symbolic link or a socket fails with; the last is macOS'. */
const irregular: ReadonlySet<string | undefined> = new Set(['ELOOP', 'ENXIO', 'EOPNOTSUPP']);

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
  let size = 0n;
  try {
    const stat = await fs.fstat(descriptor);
    size = stat.size;
    if (!stat.isFile()) throw tampered(path, 'something that is not a regular file');
    const info = infoOf(key, stat);
    if (info.version === ifChanged) return { status: 'unchanged', info };
    const end = Math.min(range?.end ?? info.size, info.size);
    const start = Math.min(range?.start ?? 0, end);
    if (end - start > atOnceBytes) {
      const body = streamFile(() => reopen(medium, path, key, info.version), medium, start, end, signal);
      return { status: 'found', info, body };
    }
    const bytes = await readExactly(fs, descriptor, start, end);
    return { status: 'found', info, body: once(bytes, signal) };
  } finally {
    await closeRead(fs, descriptor, size);
  }
}

function assertRange({ start, end }: { readonly start: number; readonly end: number }): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) return;
  throw invalidArgument('range', `range [${start}, ${end}) is not one of whole numbers from 0 on`);
}

/** Opens the file at the path if that leads there through directories of ours only; `undefined` when nothing is there. */
async function openObject({ fs, directories }: Medium, path: string): Promise<number | undefined> {
  let descriptor: number;
  try {
    descriptor = await fs.open(path, readFlags);
  } catch (error) {
    // Nothing may be there because a link on the way leads nowhere.
    const reachable = await directories.verify(dirname(path));
    if (!reachable || isMissing(error)) return undefined;
    const code = systemCode(error);
    if (irregular.has(code)) throw tampered(path, 'a symbolic link or a special file');
    throw error;
  }
  try {
    const opened = await fs.openedPath(descriptor);
    if (opened === undefined) await directories.verify(dirname(path));
    else if (opened !== path && opened !== deleted(path)) throw tampered(path, 'a way through a symbolic link');
    return descriptor;
  } catch (error) {
    await fs.closeQuickly(descriptor);
    throw error;
  }
}

/** How Linux names a file that was opened at the path and has been replaced or deleted since. */
function deleted(path: string): string {
  return `${path} (deleted)`;
}

/** Opens the file again for its body. */
async function reopen(medium: Medium, path: string, key: string, version: string): Promise<OpenFile> {
  const descriptor = await openObject(medium, path);
  if (descriptor === undefined) throw superseded(key, version, 'absent');
  try {
    const stat = await medium.fs.fstat(descriptor);
    const { version: found } = infoOf(key, stat);
    if (found !== version) throw superseded(key, version, found);
    return { descriptor, size: stat.size };
  } catch (error) {
    await medium.fs.close(descriptor).catch(() => undefined);
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
