import { ArtifactError, assertKey, type BackendDeleteOptions } from '@artifacts/core';

import { claimsOf } from './claims.ts';
import { removeObject } from './delete-object.ts';
import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import { conditionHeader, preconditionFailed } from './put.ts';
import { readObject } from './read.ts';
import { S3Failure } from './s3-failure.ts';

/** Deletes an object, under a condition only where that is claimed. */
export async function deleteObject(
  medium: Medium,
  key: string,
  { condition, signal }: BackendDeleteOptions,
): Promise<void> {
  assertKey(key);
  locate(medium, key);
  signal?.throwIfAborted();
  if (condition === undefined) return removeObject(medium, key, signal);
  const claims = await claimsOf(medium, signal);
  if (!claims.conditionalDelete) {
    throw new ArtifactError('UNSUPPORTED', `the server cannot delete "${key}" under a condition`, {
      expected: 'conditionalDelete',
    });
  }
  try {
    await removeObject(medium, key, signal, conditionHeader(key, condition, claims.ifMatch));
  } catch (error) {
    const refused = error instanceof S3Failure ? error.status === 412 : error instanceof ArtifactError;
    // An absent object is not an error, and some servers find that it does not match.
    if (!refused || (await readObject(medium, key, { range: { start: 0, end: 0 }, signal })).status !== 'absent') {
      throw refused ? preconditionFailed(key, error) : error;
    }
  }
}
