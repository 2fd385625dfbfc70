import { ArtifactError, assertKey, type WriteOptions, type Written } from '@artifacts/core';

import { assertSize, invalidArgument } from './body.ts';
import { claimsOf } from './claims.ts';
import { putConditionally } from './conditional-put.ts';
import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import { lockUntil } from './object-lock.ts';
import { putObject } from './put.ts';
import { writeStream } from './stream.ts';

/** Stores an object: bytes in one request, a stream in one or in parts. */
export async function writeObject(
  medium: Medium,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  { condition, size, maxSize, retainUntil, signal }: WriteOptions,
): Promise<Written> {
  assertKey(key);
  locate(medium, key);
  const lock = lockUntil(medium, retainUntil);
  if (!(body instanceof Uint8Array)) {
    if (condition !== undefined)
      throw invalidArgument('condition', 'a conditional write needs its body as one Uint8Array');
    signal?.throwIfAborted();
    return writeStream(medium, key, body, { size, maxSize, lock, signal });
  }
  assertSize(size, body.length);
  signal?.throwIfAborted();
  if (condition === undefined) return putObject(medium, key, body, undefined, signal, lock);
  const claims = await claimsOf(medium, signal);
  const capability = 'absent' in condition ? 'createIfAbsent' : 'compareAndSwap';
  if (claims[capability]) return putConditionally(medium, key, body, condition, claims, signal, lock);
  throw new ArtifactError('UNSUPPORTED', `the server cannot write "${key}" under a condition`, {
    expected: capability,
  });
}
