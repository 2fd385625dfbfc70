import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

import type { S3Client } from '@aws-sdk/client-s3';
import type { Dispatcher } from 'undici';

import { abortable } from './abort.ts';
import { call, onceInTime } from './call.ts';
import { type AnswerHead, exchange, type Take } from './exchange.ts';
import { lockHeaders } from './object-lock.ts';
import {
  commandRequests,
  type ConditionHeader,
  type ObjectAnswer,
  type ObjectRequests,
  rangeHeader,
} from './object-requests.ts';
import { type Route, routeTo, type WireRequest } from './route.ts';
import { failureOf, S3Failure } from './s3-failure.ts';
import type { Settings } from './settings.ts';

const maxErrorBytes = 64 * 1024;

/**
 * Past the commands of the client, which cost several times as much as the request itself: with its credentials, its
 * signatures, its rules for endpoints and its connections. Only for a client that nobody has changed.
 */
export function directRequests(client: S3Client, connections: Dispatcher, settings: Settings): ObjectRequests {
  const { bucket, behaviour, idleTimeoutMs } = settings;
  const commands = commandRequests(client, bucket, idleTimeoutMs);
  let route: Route | undefined;
  const found = async (signal: AbortSignal | undefined): Promise<Route | undefined> =>
    (route ??= await call(signal, () => routeTo(client, bucket)));
  return {
    async put(key, request, signal) {
      const to = await found(signal);
      if (to === undefined) return commands.put(key, request, signal);
      const { bytes, contentMd5, condition, lock } = request;
      const headers = {
        'content-type': 'application/octet-stream',
        'content-length': String(bytes.length),
        'x-amz-content-sha256': createHash('sha256').update(bytes).digest('hex'),
        ...(behaviour.checksums === 'always' && { 'x-amz-checksum-crc32': crc32Header(bytes) }),
        ...(contentMd5 !== undefined && { 'content-md5': contentMd5 }),
        ...(condition !== undefined && conditionAsSent(condition)),
        ...(lock !== undefined && lockHeaders(lock)),
      };
      let etag: string | undefined;
      await send(client, connections, to, { method: 'PUT', key, headers, body: bytes }, signal, (answer) => {
        etag = answer['etag'];
        // It says nothing more, and its connection is needed.
        return () => true;
      });
      return etag;
    },
    async get(key, request, receiver, signal) {
      const to = await found(signal);
      if (to === undefined) return commands.get(key, request, receiver, signal);
      const { range, ifNoneMatch } = request;
      const headers = { range: rangeHeader(range), ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }) };
      let left = Number.POSITIVE_INFINITY;
      const receive = (answer: Headers): Take | undefined => {
        left = receiver.begin(answerOf(answer));
        if (left === 0) return undefined;
        return (arrived) => {
          const chunk = arrived.length > left ? arrived.subarray(0, left) : arrived;
          left -= chunk.length;
          if (chunk.length > 0) receiver.take(chunk);
          // More than was asked for.
          return chunk.length === arrived.length;
        };
      };
      try {
        await send(client, connections, to, { method: 'GET', key, headers, body: undefined }, signal, receive);
      } catch (error) {
        if (left > 0) throw error;
      }
      if (left > 0) throw new S3Failure('IncompleteBody');
    },
  };
}

function conditionAsSent(condition: ConditionHeader): Readonly<Record<string, string>> {
  return 'IfMatch' in condition ? { 'if-match': condition.IfMatch } : { 'if-none-match': condition.IfNoneMatch };
}

interface OwnPart {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

type Headers = AnswerHead['headers'];

/** Sends a request and has the answer received, if it is the object's and not a failure. */
function send(
  client: S3Client,
  connections: Dispatcher,
  { request: base, origin, scheme }: Route,
  { method, key, headers, body }: OwnPart,
  signal: AbortSignal | undefined,
  receive: (headers: Headers) => Take | undefined,
): Promise<void> {
  // The one character of the alphabet that a path spells otherwise.
  const path = base.path + key.replaceAll('=', '%3D');
  const request: WireRequest = { ...base, method, path, headers: { ...base.headers, ...headers }, body };
  return onceInTime(signal, async () => {
    // The signer keeps in them what it needs for one request.
    const properties = { ...scheme.httpAuthOption.signingProperties };
    const signed = await abortable(signal, async () =>
      scheme.signer.sign(request, await client.config.credentials(), properties),
    );
    let refusal: { readonly head: AnswerHead; text: string } | undefined;
    const sent = { origin, method, path, headers: signed.headers, body: body ?? null };
    await exchange(connections, sent, signal, (head) => {
      if (head.status === 200 || head.status === 206) return receive(head.headers);
      const refused = { head, text: '' };
      refusal = refused;
      return (chunk) => {
        refused.text += Buffer.from(chunk).toString('latin1');
        return refused.text.length <= maxErrorBytes;
      };
    });
    if (refusal === undefined) return;
    const failure = failureIn(refusal.head, refusal.text);
    if (failure.code === 'RequestTimeTooSkewed') {
      const { status: statusCode, headers: told } = refusal.head;
      scheme.signer.successHandler?.({ statusCode, headers: told }, properties);
    }
    throw failure;
  });
}

function answerOf({ etag, 'last-modified': modified, ...headers }: Headers): ObjectAnswer {
  const LastModified = new Date(modified ?? Number.NaN);
  const length = headers['content-length'] ?? '';
  return {
    ETag: etag,
    LastModified: Number.isNaN(LastModified.getTime()) ? undefined : LastModified,
    ContentRange: headers['content-range'],
    ContentLength: /^\d{1,16}$/.test(length) ? Number(length) : undefined,
  };
}

/** What an answer says that is not the object. */
function failureIn({ status: statusCode, headers }: AnswerHead, text: string): S3Failure {
  const [, name] = /<Code>([^<]{1,80})<\/Code>/.exec(text) ?? [];
  const $metadata = { httpStatusCode: statusCode, requestId: headers['x-amz-request-id'] };
  return failureOf({ name, $metadata, $response: { statusCode, headers } });
}

function crc32Header(bytes: Uint8Array): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return checksum.toString('base64');
}
