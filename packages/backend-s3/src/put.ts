import { createHash } from 'node:crypto';

import { ArtifactError, type WriteCondition, type Written } from '@artifacts/core';

import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import type { ObjectLock } from './object-lock.ts';
import type { ConditionHeader } from './object-requests.ts';
import { parseVersion, versionOf } from './versions.ts';

/** Stores `bytes` in one request. @throws an `S3Failure` */
export async function putObject(
  medium: Medium,
  key: string,
  bytes: Uint8Array,
  condition: ConditionHeader | undefined,
  signal: AbortSignal | undefined,
  lock?: ObjectLock,
): Promise<Written> {
  const { Key } = locate(medium, key);
  // A lock is only taken with a digest.
  const digest = lock === undefined ? contentMd5(medium, bytes) : md5Of(bytes);
  const request = { bytes, contentMd5: digest, condition, lock };
  const etag = await medium.objects.put(Key, request, signal);
  return { key, size: bytes.length, version: versionOf(etag, bytes.length) };
}

/** The digest that a server checks which knows no other; `undefined` where the signature is enough. */
export function contentMd5({ settings }: Medium, bytes: Uint8Array): string | undefined {
  return settings.behaviour.contentMd5 ? md5Of(bytes) : undefined;
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

/** @throws `PRECONDITION_FAILED` when no object can have the version */
export function conditionHeader(
  key: string,
  condition: WriteCondition,
  quotes: 'quoted' | 'unquoted',
): ConditionHeader {
  if ('absent' in condition) return { IfNoneMatch: '*' };
  const version = parseVersion(condition.version);
  if (version === undefined) throw preconditionFailed(key);
  return { IfMatch: quotes === 'quoted' ? `"${version.etag}"` : version.etag };
}

export function preconditionFailed(key: string, cause?: unknown): ArtifactError {
  return new ArtifactError('PRECONDITION_FAILED', `the object at "${key}" is not the one the condition asks for`, {
    cause,
  });
}
