import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { CallOptions } from '@artifacts/core';

import { call, oneAttempt } from './call.ts';
import { decoded } from './list.ts';
import type { Medium } from './medium.ts';
import { isAbsence, S3Failure } from './s3-failure.ts';

/** Discards the multipart uploads under the prefix that began before `before`, except those of this backend in progress. */
export async function discardUnfinished(medium: Medium, before: Date, { signal }: CallOptions): Promise<void> {
  signal?.throwIfAborted();
  const { bucket: Bucket, prefix } = medium.settings;
  let at: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined } | undefined = {};
  while (at !== undefined) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket,
      Prefix: prefix,
      EncodingType: 'url',
      ...at,
    });
    const page = await call(signal, (options) => medium.client.send(oneAttempt(command), options));
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      const key = decoded(Key, page.EncodingType);
      // Not every server keeps to the prefix, and one that does not tell a time may tell that of an upload in progress.
      if (!key.startsWith(prefix) || UploadId === undefined || Initiated === undefined || Initiated >= before) continue;
      if (!medium.uploads.has(UploadId)) await abortUpload(medium, { Bucket, Key: key, UploadId }, signal);
    }
    const KeyMarker = decoded(page.NextKeyMarker, page.EncodingType);
    at =
      page.IsTruncated === true && KeyMarker !== ''
        ? { KeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
  }
}

async function abortUpload(
  { client }: Medium,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await call(signal, (options) => client.send(oneAttempt(new AbortMultipartUploadCommand(upload)), options));
  } catch (error) {
    // Somebody else was first, or its writer has just ended it.
    if (!(error instanceof S3Failure) || !isAbsence(error)) throw error;
  }
}
