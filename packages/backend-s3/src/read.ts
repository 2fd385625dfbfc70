import { assertKey, type ObjectInfo, type ReadOptions, type ReadResult } from '@artifacts/core';

import { invalidArgument } from './body.ts';
import { type ByteRange, getPart, headObject, type Part } from './get.ts';
import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import { undisturbedRead } from './patiently.ts';
import { readAhead } from './read-ahead.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';
import { parseVersion } from './versions.ts';

/** Up to this many bytes come with the object's description: a record, and most ranges, are one request. */
const atOnceBytes = 2 * 1024 * 1024;

/** Finds an object. What is small is in memory then; for the rest nothing is open until it is read. */
export async function readObject(medium: Medium, key: string, options: ReadOptions): Promise<ReadResult> {
  const { range = { start: 0, end: Number.MAX_SAFE_INTEGER }, ifChanged, signal } = options;
  assertKey(key);
  assertRange(range);
  locate(medium, key);
  signal?.throwIfAborted();
  const found = await find(medium, key, range, ifChanged, signal);
  if (found === undefined) return { status: 'absent' };
  const { info, bytes } = found;
  // Also from servers that ignore If-None-Match.
  if (info.version === ifChanged) return { status: 'unchanged', info };
  const rest = { start: range.start + bytes.length, end: Math.min(range.end, info.size) };
  return { status: 'found', info, body: bodyOf(medium, found, rest, signal) };
}

/** The first bytes of a range, none where there are none; `undefined` when there is no object. */
async function find(
  medium: Medium,
  key: string,
  { start, end }: ByteRange,
  ifChanged: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Part | undefined> {
  try {
    if (start === end) return await headOnly(medium, key, signal);
    const known = ifChanged === undefined ? undefined : parseVersion(ifChanged);
    const conditions = known === undefined ? {} : { IfNoneMatch: `"${known.etag}"` };
    try {
      const first = { start, end: Math.min(end, start + atOnceBytes) };
      return await undisturbedRead(signal, () => getPart(medium, key, first, signal, conditions));
    } catch (error) {
      if (!(error instanceof S3Failure)) throw error;
      if (error.status === 304 && known !== undefined && ifChanged !== undefined && error.lastModified !== undefined)
        return withoutBytes({ key, size: known.size, version: ifChanged, modifiedAt: error.lastModified });
      // Past the end: neither answer tells of the object what has to be told.
      if (error.status === 304 || error.status === 416) return await headOnly(medium, key, signal);
      throw error;
    }
  } catch (error) {
    if (error instanceof S3Failure && isAbsence(error)) return undefined;
    throw error;
  }
}

async function headOnly(medium: Medium, key: string, signal: AbortSignal | undefined): Promise<Part> {
  return withoutBytes(await undisturbedRead(signal, () => headObject(medium, key, signal)));
}

function withoutBytes(info: ObjectInfo): Part {
  return { info, bytes: new Uint8Array() };
}

async function* bodyOf(
  medium: Medium,
  { info, bytes }: Part,
  rest: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  if (bytes.length > 0) yield bytes;
  if (rest.start < rest.end) yield* readAhead(medium, info, rest, signal);
}

function assertRange({ start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) return;
  throw invalidArgument('range', `range [${start}, ${end}) is not one of whole numbers from 0 on`);
}
