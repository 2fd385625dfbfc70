import type { WriteCondition, Written } from '@artifacts/core';

import type { Claims } from './claims.ts';
import type { Medium } from './medium.ts';
import { undisturbed } from './patiently.ts';
import { conditionHeader, preconditionFailed, putObject } from './put.ts';
import { readObject } from './read.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';

/**
 * Stores `bytes` if the condition holds. A conflict with another request is the server's word that this one was not carried out, so it
 * is made again. Every other failure may hide a success, and what to do about it is the store's decision.
 *
 * @throws `PRECONDITION_FAILED`, an `S3Failure`
 */
export async function putConditionally(
  medium: Medium,
  key: string,
  bytes: Uint8Array,
  condition: WriteCondition,
  { ifMatch }: Claims,
  signal: AbortSignal | undefined,
): Promise<Written> {
  const header = conditionHeader(key, condition, ifMatch);
  let conflicts = 0;
  try {
    return await undisturbed(
      signal,
      () => putObject(medium, key, bytes, header, signal),
      () => {
        conflicts += 1;
      },
    );
  } catch (error) {
    // Where no object is there to have the version, some servers say 404.
    const refused = error instanceof S3Failure && (error.status === 412 || (isAbsence(error) && 'IfMatch' in header));
    if (!refused) throw error;
    // Should a server's word not be good, ours is there.
    const found = conflicts === 0 ? undefined : await findOwn(medium, key, bytes, signal);
    if (found === undefined) throw preconditionFailed(key, error);
    return found;
  }
}

async function findOwn(
  medium: Medium,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Written | undefined> {
  const result = await readObject(medium, key, { signal });
  if (result.status !== 'found' || result.info.size !== bytes.length) return undefined;
  let offset = 0;
  for await (const chunk of result.body) {
    if (Buffer.compare(chunk, bytes.subarray(offset, offset + chunk.length)) !== 0) return undefined;
    offset += chunk.length;
  }
  return { key, size: result.info.size, version: result.info.version };
}
