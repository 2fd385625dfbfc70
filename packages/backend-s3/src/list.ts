import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { ArtifactError, type BackendListOptions, isKey, type ObjectInfo } from '@artifacts/core';

import { call, oneAttempt } from './call.ts';
import type { Medium } from './medium.ts';
import { versionOf } from './versions.ts';

/** The objects under a prefix, page by page. Nothing is held between pages. */
export async function* listObjects(
  medium: Medium,
  { prefix, after, signal }: BackendListOptions,
): AsyncGenerator<ObjectInfo> {
  signal?.throwIfAborted();
  // What no key can have is not asked for.
  if (!/^[a-z0-9._/=-]{0,1024}$/.test(prefix)) return;
  const base = medium.settings.prefix;
  let token: string | undefined;
  do {
    const page = await listPage(medium, base + prefix, after === undefined ? undefined : base + after, token, signal);
    for (const object of page.Contents ?? []) {
      signal?.throwIfAborted();
      const key = decoded(object.Key, page.EncodingType).slice(base.length);
      // What is not ours is in no listing.
      if (!isKey(key)) continue;
      if (object.Size === undefined || object.LastModified === undefined)
        throw new ArtifactError('BACKEND', 'the server listed an object without its size or its date');
      yield { key, size: object.Size, version: versionOf(object.ETag, object.Size), modifiedAt: object.LastModified };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && token === undefined)
      throw new ArtifactError('BACKEND', 'the server cut a listing and did not say how it goes on');
  } while (token !== undefined);
}

/** One request for objects. @throws an `S3Failure` */
export async function listPage(
  { client, settings }: Medium,
  prefix: string,
  startAfter: string | undefined,
  token: string | undefined,
  signal: AbortSignal | undefined,
  maxKeys?: number,
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({
    Bucket: settings.bucket,
    Prefix: prefix,
    StartAfter: startAfter,
    ContinuationToken: token,
    MaxKeys: maxKeys,
    // Not every character that a foreign key may have can stand in XML.
    EncodingType: 'url',
  });
  const page = await call(signal, (options) => client.send(oneAttempt(command), options));
  // The parser finds an empty listing in anything, and every listing tells whether it is whole.
  if (page.IsTruncated === undefined)
    throw new ArtifactError('BACKEND', 'the server gave no listing that can be read', { retryable: true });
  return page;
}

/** A key as it is; servers that do not know the encoding say so by leaving it out. */
export function decoded(key: string | undefined, encoding: string | undefined): string {
  if (key === undefined) return '';
  if (encoding !== 'url') return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    // Not encoded as it claims, so it is none of ours.
    return '';
  }
}
