import { setImmediate } from 'node:timers/promises';

import { ArtifactError, type ObjectInfo } from '@artifacts/core';

import { blockSize, getBlock } from './blocks.ts';
import type { OpenDatabase } from './database.ts';
import { findObject } from './objects.ts';

/** The bytes `[start, end)` of exactly the version that was found. Between two steps nothing is held. */
export async function* bytesOf(
  { connection }: OpenDatabase,
  { key, version }: ObjectInfo,
  { start, end }: { readonly start: number; readonly end: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  for (let at = start; at < end;) {
    const offset = at % blockSize;
    const length = Math.min(blockSize - offset, end - at);
    const chunk = getBlock(connection, version, Math.floor(at / blockSize), { offset, length });
    if (chunk?.length !== length) {
      const isCurrent = findObject(connection, key)?.version === version;
      throw isCurrent
        ? new ArtifactError('INTEGRITY', 'the object is shorter than it should be')
        : new ArtifactError('SUPERSEDED', 'the object was replaced or deleted while it was read');
    }
    at += length;
    yield chunk;
    // Everything here is synchronous: without a pause no timer could fire, and nobody abort.
    await setImmediate();
    signal?.throwIfAborted();
  }
}
