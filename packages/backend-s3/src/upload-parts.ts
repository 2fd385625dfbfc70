import { ArtifactError, type Written } from '@artifacts/core';

import { assertSize, type BodyReader } from './body.ts';
import type { Medium } from './medium.ts';
import { MultipartUpload } from './multipart-upload.ts';
import type { ObjectLock } from './object-lock.ts';
import type { PartBuffers } from './part-buffers.ts';
import type { PartPlan } from './part-plan.ts';

export interface UploadPlan extends PartPlan {
  readonly size: number | undefined;
  readonly buffers: PartBuffers;
  readonly lock: ObjectLock | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Uploads a body in parts, the first of which is read already. Whatever fails, no part stays behind. */
export async function uploadParts(
  medium: Medium,
  key: string,
  reader: BodyReader,
  first: Uint8Array,
  { size, buffers, maxParts, lock, signal }: UploadPlan,
): Promise<Written> {
  const upload = await MultipartUpload.create(medium, key, lock, signal);
  const parts: Promise<void>[] = [];
  try {
    let total = 0;
    let failure: { readonly error: unknown } | undefined;
    const send = async (part: Uint8Array, buffer: Uint8Array, number: number): Promise<void> => {
      try {
        await upload.uploadPart(number, part);
      } catch (error) {
        failure ??= { error };
      } finally {
        buffers.give(buffer);
      }
    };
    for (let buffer = first, length = first.length; length > 0;) {
      total += length;
      if (size !== undefined && total > size) assertSize(size, total);
      if (parts.length === maxParts) throw tooManyParts(key, maxParts * first.length);
      parts.push(send(buffer.subarray(0, length), buffer, parts.length + 1));
      if (length < buffer.length) break;
      buffer = await buffers.take();
      if (failure !== undefined) break;
      length = await reader.fill(buffer);
    }
    await Promise.all(parts);
    if (failure !== undefined) throw failure.error;
    assertSize(size, total);
    return await upload.complete(total);
  } catch (error) {
    await upload.abandon(Promise.allSettled(parts));
    throw error;
  } finally {
    upload.forget();
  }
}

function tooManyParts(key: string, limit: number): ArtifactError {
  return new ArtifactError(
    'TOO_LARGE',
    `the object at "${key}" exceeds limit of ${limit} bytes: tell its size, or an upper bound`,
    {
      expected: limit,
    },
  );
}
