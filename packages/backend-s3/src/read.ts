import { assertKey, type ObjectInfo, type ReadOptions, type ReadResult } from '@artifacts/core';

import { invalidArgument } from './body.ts';
import { type ByteRange, getRange, headObject } from './get.ts';
import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import { undisturbedRead } from './patiently.ts';
import { readAhead } from './read-ahead.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';
import { parseVersion } from './versions.ts';

/** Up to this many bytes come with the object's description: a record, and most ranges, are one request. */
const atOnceBytes = 2 * 1024 * 1024;
/** Up to this many bytes that nobody wants are read, for the sake of the connection that they come on. */
const unwantedBytes = 64 * 1024;

/** Finds an object. What is small is in memory then; for the rest nothing is open until it is read. */
export async function readObject(medium: Medium, key: string, options: ReadOptions): Promise<ReadResult> {
  const { range = { start: 0, end: Number.MAX_SAFE_INTEGER }, ifChanged, signal } = options;
  assertKey(key);
  assertRange(range);
  locate(medium, key);
  signal?.throwIfAborted();
  const found = await find(medium, key, range, ifChanged, signal);
  if (found === undefined) return { status: 'absent' };
  const { info, chunks } = found;
  // Also from servers that ignore If-None-Match.
  if (info.version === ifChanged) return { status: 'unchanged', info };
  const start = range.start + chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const body = bodyOf(medium, found, { start, end: Math.min(range.end, info.size) }, signal);
  return { status: 'found', info, body };
}

/** An object, and bytes of it that are in memory. */
interface Found {
  readonly info: ObjectInfo;
  readonly chunks: Uint8Array[];
}

/** With the first bytes of the range, if it has any; `undefined` when there is no object. */
async function find(
  medium: Medium,
  key: string,
  { start, end }: ByteRange,
  ifChanged: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Found | undefined> {
  try {
    if (start === end) return await describe(medium, key, signal);
    const first = { start, end: Math.min(end, start + atOnceBytes) };
    return await undisturbedRead(medium, signal, () => readFirst(medium, key, first, ifChanged, signal));
  } catch (error) {
    if (!(error instanceof S3Failure)) throw error;
    if (isAbsence(error)) return undefined;
    const known = ifChanged === undefined ? undefined : parseVersion(ifChanged);
    if (error.status === 304 && known !== undefined && ifChanged !== undefined && error.lastModified !== undefined)
      return { info: { key, size: known.size, version: ifChanged, modifiedAt: error.lastModified }, chunks: [] };
    if (error.status === 304) medium.seen.bareUnchanged = true;
    // An answer that gives no bytes may not tell all that has to be told.
    if (error.status === 304 || error.status === 416) return describe(medium, key, signal);
    throw error;
  }
}

async function readFirst(
  medium: Medium,
  key: string,
  range: ByteRange,
  ifChanged: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const isShort = range.end - range.start <= unwantedBytes;
  // Where "unchanged" does not tell enough, a few bytes cost less than to ask again.
  const isAsked = ifChanged !== undefined && !(isShort && medium.seen.bareUnchanged);
  const known = isAsked ? parseVersion(ifChanged) : undefined;
  const chunks: Uint8Array[] = [];
  let isUnchanged = false;
  const info = await getRange(medium, key, range, signal, {
    ifNoneMatch: known === undefined ? undefined : `"${known.etag}"`,
    wanted: ({ version }) => {
      isUnchanged = version === ifChanged;
      return !isUnchanged || isShort;
    },
    take: (chunk) => {
      if (!isUnchanged) chunks.push(chunk);
    },
  });
  return { info, chunks };
}

async function describe(medium: Medium, key: string, signal: AbortSignal | undefined): Promise<Found | undefined> {
  try {
    return { info: await undisturbedRead(medium, signal, () => headObject(medium, key, signal)), chunks: [] };
  } catch (error) {
    if (error instanceof S3Failure && isAbsence(error)) return undefined;
    throw error;
  }
}

async function* bodyOf(
  medium: Medium,
  { info, chunks }: Found,
  rest: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // Each goes as soon as it is given.
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
    signal?.throwIfAborted();
    yield chunk;
  }
  signal?.throwIfAborted();
  if (rest.start < rest.end) yield* readAhead(medium, info, rest, signal);
}

function assertRange({ start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) return;
  throw invalidArgument('range', `range [${start}, ${end}) is not one of whole numbers from 0 on`);
}
