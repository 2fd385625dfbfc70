import { DeleteObjectCommand } from '@aws-sdk/client-s3';

import { call, oneAttempt } from './call.ts';
import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';

/** Deletes what is under the key. Absence is not an error. */
export async function removeObject(
  medium: Medium,
  key: string,
  signal: AbortSignal | undefined,
  condition: object = {},
): Promise<void> {
  const command = new DeleteObjectCommand({ ...locate(medium, key), ...condition });
  try {
    await call(signal, (options) => medium.client.send(oneAttempt(command), options));
  } catch (error) {
    if (!(error instanceof S3Failure) || !isAbsence(error)) throw error;
  }
}
