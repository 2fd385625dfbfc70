import type { Readable } from 'node:stream';

import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

import { oneAttempt, type SendOptions } from './call.ts';
import type { ByteRange } from './get.ts';

/** The header that makes a write conditional. */
export type ConditionHeader = { readonly IfNoneMatch: string } | { readonly IfMatch: string };

/** Bytes, and the digest that a server checks which knows no other. */
interface PutRequest {
  readonly bytes: Uint8Array;
  readonly contentMd5: string | undefined;
  readonly condition: ConditionHeader | undefined;
}

interface GetRequest {
  readonly range: ByteRange;
  readonly ifNoneMatch: string | undefined;
}

/** What a server tells of an object, as far as it does, and the bytes, which somebody has to read or destroy. */
export interface ObjectAnswer {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentRange?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly body: Readable;
}

/** The two requests that carry objects: nearly all that a store makes. They are made once, and fail as the client does. */
export interface ObjectRequests {
  put(key: string, request: PutRequest, options: SendOptions): Promise<string | undefined>;
  get(key: string, request: GetRequest, options: SendOptions): Promise<ObjectAnswer>;
}

/** Through the commands of the client. Keys are those of the server. */
export function commandRequests(client: S3Client, Bucket: string): ObjectRequests {
  return {
    async put(Key, { bytes, contentMd5: ContentMD5, condition }, options) {
      const input = { Bucket, Key, Body: bytes, ContentLength: bytes.length, ContentMD5, ...condition };
      const { ETag } = await client.send(oneAttempt(new PutObjectCommand(input)), options);
      return ETag;
    },
    async get(Key, { range, ifNoneMatch: IfNoneMatch }, options) {
      const input = { Bucket, Key, IfNoneMatch, Range: rangeHeader(range) };
      const output = await client.send(oneAttempt(new GetObjectCommand(input)), options);
      return { ...output, body: output.Body as Readable };
    },
  };
}

export function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end - 1}`;
}
