import { ArtifactError, type WriteCondition, type Written } from '@artifacts/core';

import type { Claims } from './claims.ts';
import type { Medium } from './medium.ts';
import type { ObjectLock } from './object-lock.ts';
import { undisturbed } from './patiently.ts';
import { conditionHeader, preconditionFailed, putObject } from './put.ts';
import { readObject } from './read.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';

/**
 * Stores `bytes` if the condition holds. A conflict with another request is the server's word that this one was not carried out, so it
 * is made again. Every other failure may hide a success, and what to do about it is the store's decision.
 *
 * @throws `PRECONDITION_FAILED`; `UNAVAILABLE` when the same bytes are there after a conflict, whoever wrote them; an `S3Failure`
 */
export async function putConditionally(
  medium: Medium,
  key: string,
  bytes: Uint8Array,
  condition: WriteCondition,
  { ifMatch }: Claims,
  signal: AbortSignal | undefined,
  lock: ObjectLock | undefined,
): Promise<Written> {
  const header = conditionHeader(key, condition, ifMatch);
  let conflicts = 0;
  try {
    return await undisturbed(
      medium,
      signal,
      () => putObject(medium, key, bytes, header, signal, lock),
      () => {
        conflicts += 1;
      },
    );
  } catch (error) {
    // Where no object is there to have the version, some servers say 404.
    const refused = error instanceof S3Failure && (error.status === 412 || (isAbsence(error) && 'IfMatch' in header));
    if (!refused) throw error;
    // Should the server's word not be good, ours are there; but another writer may have had the same bytes to write.
    if (conflicts > 0 && (await holdsBytes(medium, key, bytes, signal))) {
      const message = `the object at "${key}" may or may not have been written: a conflict was answered, and the same bytes are there`;
      throw new ArtifactError('UNAVAILABLE', message, { cause: error });
    }
    throw preconditionFailed(key, error);
  }
}

async function holdsBytes(
  medium: Medium,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const result = await readObject(medium, key, { signal });
  if (result.status !== 'found' || result.info.size !== bytes.length) return false;
  let offset = 0;
  for await (const chunk of result.body) {
    if (Buffer.compare(chunk, bytes.subarray(offset, offset + chunk.length)) !== 0) return false;
    offset += chunk.length;
  }
  return true;
}
