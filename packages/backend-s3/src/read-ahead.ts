import { setImmediate } from 'node:timers/promises';

import { ArtifactError, type ObjectInfo } from '@artifacts/core';

import { ArrivingPart } from './arriving-part.ts';
import { type ByteRange, getRange } from './get.ts';
import type { Medium } from './medium.ts';
import { patiently } from './patiently.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';

/** Four of them, and what waits to be collected, stay below 64 MiB. */
const partBytes = 4 * 1024 * 1024;
/** What is in memory is given without waiting for anything: this often the connections have their turn, or they would stand still. */
const turnBytes = 512 * 1024;

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
  const parts: ArrivingPart[] = [];
  let given = 0;
  const transfers = new Set<Promise<void>>();
  try {
    for (let next = start; next < end || parts.length > 0;) {
      while (next < end && parts.length < medium.settings.concurrency) {
        const part = new ArrivingPart();
        parts.push(part);
        // On multiples of its size: servers keep large objects in pieces of a power of two.
        const range = { start: next, end: Math.min(next - (next % partBytes) + partBytes, end) };
        next = range.end;
        const transfer = receive(medium, info, range, part, left.signal).finally(() => transfers.delete(transfer));
        transfers.add(transfer);
      }
      for await (const chunk of parts[0]?.bytes() ?? []) {
        signal?.throwIfAborted();
        yield chunk;
        given += chunk.length;
        if (given < turnBytes) continue;
        given = 0;
        await setImmediate();
      }
      parts.shift();
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    left.abort(new Error('the reader left'));
    await Promise.all(transfers);
  }
}

/** Receives a part. When its connection breaks or stalls what is missing is read again. Never rejects. */
async function receive(
  medium: Medium,
  info: ObjectInfo,
  { start, end }: ByteRange,
  part: ArrivingPart,
  signal: AbortSignal,
): Promise<void> {
  const take = (chunk: Uint8Array): void => part.push(chunk);
  const isSame = ({ version }: ObjectInfo): boolean => {
    if (version !== info.version) throw superseded(info, version);
    return true;
  };
  try {
    await patiently(medium, signal, async () => {
      const rest = { start: start + part.received, end };
      if (rest.start < end) await getRange(medium, info.key, rest, signal, { wanted: isSame, take });
    });
    part.end();
  } catch (error) {
    const gone = error instanceof S3Failure && (isAbsence(error) || error.status === 416);
    part.end({ failure: gone ? superseded(info, 'absent') : error });
  }
}

function superseded({ key, version }: ObjectInfo, found: string): ArtifactError {
  const message = `the object at "${key}" was replaced or deleted before its body was read`;
  return new ArtifactError('SUPERSEDED', message, { expected: version, found });
}
