import { ArtifactError, type ObjectInfo } from '@artifacts/core';

import { type ByteRange, getPart } from './get.ts';
import type { Medium } from './medium.ts';
import { patiently } from './patiently.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';

const partBytes = 4 * 1024 * 1024;

/** Gives the range in order while the parts behind the one that is given are on their way. */
export async function* readAhead(
  medium: Medium,
  info: ObjectInfo,
  { start, end }: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const left = new AbortController();
  const stop = (): void => left.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const coming: Promise<Uint8Array>[] = [];
  try {
    for (let next = start; next < end || coming.length > 0;) {
      for (; next < end && coming.length < medium.settings.concurrency; next += partBytes) {
        const part = partOf(medium, info, { start: next, end: Math.min(next + partBytes, end) }, left.signal);
        // It may fail long before it is its turn.
        part.catch(() => undefined);
        coming.push(part);
      }
      const bytes = await coming.shift();
      signal?.throwIfAborted();
      if (bytes !== undefined) yield bytes;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    left.abort(new Error('the reader left'));
    await Promise.allSettled(coming);
  }
}

/** Reads a part, again when its connection broke or stalled. */
async function partOf(medium: Medium, info: ObjectInfo, range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const { info: found, bytes } = await patiently(medium, signal, () => getPart(medium, info.key, range, signal));
    if (found.version === info.version) return bytes;
    throw superseded(info, found.version);
  } catch (error) {
    if (error instanceof S3Failure && (isAbsence(error) || error.status === 416)) throw superseded(info, 'absent');
    throw error;
  }
}

function superseded({ key, version }: ObjectInfo, found: string): ArtifactError {
  const message = `the object at "${key}" was replaced or deleted before its body was read`;
  return new ArtifactError('SUPERSEDED', message, { expected: version, found });
}
