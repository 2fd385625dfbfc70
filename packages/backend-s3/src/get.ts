import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { ArtifactError, type ObjectInfo } from '@artifacts/core';

import { call, oneAttempt } from './call.ts';
import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import type { ObjectAnswer } from './object-requests.ts';
import { versionOf } from './versions.ts';

/** `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What is done with an answer. */
export interface Receiver {
  /** Goes with the request: the server answers only if the object has another ETag. */
  readonly ifNoneMatch?: string | undefined;
  /** Told what it is before the first byte; nothing is read of what is not wanted. */
  readonly wanted: (info: ObjectInfo) => boolean;
  readonly take: (chunk: Uint8Array) => void;
}

/**
 * Reads a range, which must not be empty, in one request and holds nothing afterwards.
 *
 * @throws an `S3Failure`, also with status 304 when the object still has the ETag, and 416 when it ends before the range
 */
export async function getRange(
  medium: Medium,
  key: string,
  range: ByteRange,
  signal: AbortSignal | undefined,
  { ifNoneMatch, wanted, take }: Receiver,
): Promise<ObjectInfo> {
  const { Key } = locate(medium, key);
  let info: ObjectInfo | undefined;
  const begin = (answer: ObjectAnswer): number => {
    const { from, size } = placeOf(answer.ContentRange, answer.ContentLength);
    if (from !== range.start) throw unusable('the server did not keep to the range that was asked for');
    info = describe(key, size, answer);
    return wanted(info) ? Math.min(range.end, size) - range.start : 0;
  };
  await medium.objects.get(Key, { range, ifNoneMatch }, { begin, take }, signal);
  if (info === undefined) throw unusable('the server did not describe the object');
  return info;
}

/** Describes an object. @throws an `S3Failure` */
export async function headObject(medium: Medium, key: string, signal: AbortSignal | undefined): Promise<ObjectInfo> {
  const command = new HeadObjectCommand(locate(medium, key));
  const output = await call(signal, (options) => medium.client.send(oneAttempt(command), options));
  if (output.ContentLength === undefined) throw unusable('the server did not tell the size of an object');
  return describe(key, output.ContentLength, output);
}

/** Where the bytes of an answer begin, and how large the whole object is. A server may give all of it instead of a range. */
function placeOf(
  range: string | undefined,
  length: number | undefined,
): { readonly from: number; readonly size: number } {
  const [, from, size] = /^bytes (\d{1,16})-\d{1,16}\/(\d{1,16})$/.exec(range ?? '') ?? [];
  if (from !== undefined && size !== undefined) return { from: Number(from), size: Number(size) };
  if (range === undefined && length !== undefined) return { from: 0, size: length };
  throw unusable('the server did not tell which bytes it gave');
}

function describe(
  key: string,
  size: number,
  { ETag, LastModified }: { readonly ETag?: string | undefined; readonly LastModified?: Date | undefined },
): ObjectInfo {
  if (LastModified === undefined) throw unusable('the server did not tell when an object was written');
  return { key, size, version: versionOf(ETag, size), modifiedAt: LastModified };
}

function unusable(message: string): ArtifactError {
  return new ArtifactError('BACKEND', message);
}
