import type { Readable } from 'node:stream';

import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

import { call, oneAttempt } from './call.ts';
import { drain } from './drain.ts';
import type { ByteRange } from './get.ts';
import type { ObjectLock } from './object-lock.ts';

/** The header that makes a write conditional. */
export type ConditionHeader = { readonly IfNoneMatch: string } | { readonly IfMatch: string };

/** Bytes, and the digest that a server checks which knows no other. */
interface PutRequest {
  readonly bytes: Uint8Array;
  readonly contentMd5: string | undefined;
  readonly condition: ConditionHeader | undefined;
  readonly lock: ObjectLock | undefined;
}

interface GetRequest {
  readonly range: ByteRange;
  readonly ifNoneMatch: string | undefined;
}

/** What a server tells of an object, as far as it does. */
export interface ObjectAnswer {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentRange?: string | undefined;
  readonly ContentLength?: number | undefined;
}

/** Who takes an object as it comes. */
interface ObjectReceiver {
  /** Told of the object before its first byte. Gives how many bytes are wanted of those that follow. */
  readonly begin: (answer: ObjectAnswer) => number;
  readonly take: (chunk: Uint8Array) => void;
}

/**
 * The two requests that carry objects: nearly all that a store makes. They are made once, but for one that is refused for its
 * time, and hold nothing afterwards. Keys are those of the server.
 *
 * @throws an `S3Failure`, what a receiver threw, or the reason of `signal`
 */
export interface ObjectRequests {
  put(key: string, request: PutRequest, signal: AbortSignal | undefined): Promise<string | undefined>;
  get(key: string, request: GetRequest, receiver: ObjectReceiver, signal: AbortSignal | undefined): Promise<void>;
}

/** Through the commands of the client, whose own timeouts end where a body begins. */
export function commandRequests(client: S3Client, Bucket: string, idleMs: number): ObjectRequests {
  return {
    put(Key, { bytes, contentMd5: ContentMD5, condition, lock }, signal) {
      const input = { Bucket, Key, Body: bytes, ContentLength: bytes.length, ContentMD5, ...condition, ...lock };
      return call(signal, async (options) => {
        const { ETag } = await client.send(oneAttempt(new PutObjectCommand(input)), options);
        return ETag;
      });
    },
    get(Key, { range, ifNoneMatch: IfNoneMatch }, { begin, take }, signal) {
      const input = { Bucket, Key, IfNoneMatch, Range: rangeHeader(range) };
      return call(signal, async (options) => {
        const output = await client.send(oneAttempt(new GetObjectCommand(input)), options);
        const body = output.Body as Readable;
        try {
          const wanted = begin(output);
          if (wanted > 0) await drain(body, wanted, idleMs, take);
        } finally {
          // One that is not read to its end would keep its connection.
          body.destroy();
        }
      });
    },
  };
}

export function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end - 1}`;
}
