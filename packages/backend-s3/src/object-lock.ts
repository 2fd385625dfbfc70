import { GetObjectLockConfigurationCommand } from '@aws-sdk/client-s3';

import { call, oneAttempt } from './call.ts';
import type { Medium } from './medium.ts';
import { S3Failure } from './s3-failure.ts';
import { refused } from './settings.ts';

/** Nearer than that, the clocks may differ on whether it lies in the future, and a server refuses what does not. */
const minAheadMs = 5 * 60 * 1000;

/** Until when the server keeps the bytes of an object from being destroyed, and whether somebody may end that. */
export interface ObjectLock {
  readonly ObjectLockMode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly ObjectLockRetainUntilDate: Date;
}

/** The lock for an artifact that is retained; `undefined` where none was asked for. */
export function lockUntil({ settings }: Medium, retainUntil: Date | undefined): ObjectLock | undefined {
  const { objectLock } = settings;
  if (objectLock === undefined || retainUntil === undefined || retainUntil.getTime() < Date.now() + minAheadMs)
    return undefined;
  const ObjectLockMode = objectLock === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE';
  return { ObjectLockMode, ObjectLockRetainUntilDate: retainUntil };
}

/** As it stands in a request. */
export function lockHeaders(lock: ObjectLock): Readonly<Record<string, string>> {
  return {
    'x-amz-object-lock-mode': lock.ObjectLockMode,
    'x-amz-object-lock-retain-until-date': lock.ObjectLockRetainUntilDate.toISOString(),
  };
}

/** @throws `CONFIGURATION` when locks were asked for and the bucket has none */
export async function requireObjectLock({ client, settings }: Medium, signal: AbortSignal | undefined): Promise<void> {
  if (settings.objectLock === undefined) return;
  const command = new GetObjectLockConfigurationCommand({ Bucket: settings.bucket });
  let enabled: string | undefined;
  try {
    const answer = await call(signal, (options) => client.send(oneAttempt(command), options));
    enabled = answer.ObjectLockConfiguration?.ObjectLockEnabled;
  } catch (error) {
    if (!(error instanceof S3Failure) || error.code !== 'ObjectLockConfigurationNotFoundError') throw error;
  }
  if (enabled !== 'Enabled')
    throw refused('objectLock', 'needs a bucket that was made with Object Lock: make one, or leave the option out');
}
