import { createHash } from 'node:crypto';

import { ArtifactError, type WriteCondition, type Written } from '@artifacts/core';

import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import type { ConditionHeader } from './object-requests.ts';
import { parseVersion, versionOf } from './versions.ts';

/** Stores `bytes` in one request. @throws an `S3Failure` */
export async function putObject(
  medium: Medium,
  key: string,
  bytes: Uint8Array,
  condition: ConditionHeader | undefined,
  signal: AbortSignal | undefined,
): Promise<Written> {
  const { Key } = locate(medium, key);
  const request = { bytes, contentMd5: contentMd5(medium, bytes), condition };
  const etag = await medium.objects.put(Key, request, signal);
  return { key, size: bytes.length, version: versionOf(etag, bytes.length) };
}

/** The digest that a server checks which knows no other; `undefined` where the signature is enough. */
export function contentMd5({ settings }: Medium, bytes: Uint8Array): string | undefined {
  return settings.behaviour.contentMd5 ? createHash('md5').update(bytes).digest('base64') : undefined;
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
