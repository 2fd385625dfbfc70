import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';

import type { S3Client } from '@aws-sdk/client-s3';

import type { SendOptions } from './call.ts';
import {
  commandRequests,
  type ConditionHeader,
  type ObjectAnswer,
  type ObjectRequests,
  rangeHeader,
} from './object-requests.ts';
import { type Route, routeTo, type WireRequest, type WireResponse } from './route.ts';
import { failureOf, type S3Failure } from './s3-failure.ts';

const maxErrorBytes = 64 * 1024;

/**
 * Past the commands of the client, which cost several times as much as the request itself: with its credentials, its
 * signatures, its rules for endpoints and its connections. Only for a client that nobody has changed.
 */
export function directRequests(client: S3Client, bucket: string, crc: boolean): ObjectRequests {
  const commands = commandRequests(client, bucket);
  let route: Route | undefined;
  const found = async (): Promise<Route | undefined> => (route ??= await routeTo(client, bucket));
  return {
    async put(key, request, options) {
      const to = await found();
      if (to === undefined) return commands.put(key, request, options);
      const { bytes, contentMd5, condition } = request;
      const headers = {
        'content-type': 'application/octet-stream',
        'content-length': String(bytes.length),
        'x-amz-content-sha256': createHash('sha256').update(bytes).digest('hex'),
        ...(crc && { 'x-amz-checksum-crc32': crc32Header(bytes) }),
        ...(contentMd5 !== undefined && { 'content-md5': contentMd5 }),
        ...(condition !== undefined && conditionAsSent(condition)),
      };
      const answer = await send(client, to, { method: 'PUT', key, headers, body: bytes }, options);
      // It says nothing more, and its connection is needed.
      answer.body.on('error', () => undefined).resume();
      return answer.ETag;
    },
    async get(key, request, options) {
      const to = await found();
      if (to === undefined) return commands.get(key, request, options);
      const { range, ifNoneMatch } = request;
      const headers = { range: rangeHeader(range), ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }) };
      return send(client, to, { method: 'GET', key, headers, body: undefined }, options);
    },
  };
}

function conditionAsSent(condition: ConditionHeader): Readonly<Record<string, string>> {
  return 'IfMatch' in condition ? { 'if-match': condition.IfMatch } : { 'if-none-match': condition.IfNoneMatch };
}

interface OwnPart {
  readonly method: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

async function send(
  client: S3Client,
  { request: base, scheme }: Route,
  { method, key, headers, body }: OwnPart,
  options: SendOptions,
): Promise<ObjectAnswer> {
  const request: WireRequest = {
    ...base,
    method,
    // The one character of the alphabet that a path spells otherwise.
    path: base.path + key.replaceAll('=', '%3D'),
    headers: { ...base.headers, ...headers },
    body,
  };
  // The signer keeps in them what it needs for one request.
  const properties = { ...scheme.httpAuthOption.signingProperties };
  const signed = await scheme.signer.sign(request, await client.config.credentials(), properties);
  const { response } = (await client.config.requestHandler.handle(signed as never, options)) as {
    readonly response: WireResponse & { readonly body: Readable };
  };
  if (response.statusCode === 200 || response.statusCode === 206) return answerOf(response);
  const failure = await failureIn(response);
  if (failure.code === 'RequestTimeTooSkewed') scheme.signer.successHandler?.(response, properties);
  throw failure;
}

function answerOf({ headers, body }: WireResponse & { readonly body: Readable }): ObjectAnswer {
  const { etag, 'last-modified': modified, 'content-range': ContentRange, 'content-length': length } = headers;
  const LastModified = new Date(modified ?? Number.NaN);
  return {
    ETag: etag,
    LastModified: Number.isNaN(LastModified.getTime()) ? undefined : LastModified,
    ContentRange,
    ContentLength: /^\d{1,16}$/.test(length ?? '') ? Number(length) : undefined,
    body,
  };
}

/** What an answer says that is not the object. */
async function failureIn(response: WireResponse & { readonly body: Readable }): Promise<S3Failure> {
  const { statusCode, headers, body } = response;
  let text = '';
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.length > maxErrorBytes) break;
  }
  const [, name] = /<Code>([^<]{1,80})<\/Code>/.exec(text) ?? [];
  const $metadata = { httpStatusCode: statusCode, requestId: headers['x-amz-request-id'] };
  return failureOf({ name, $metadata, $response: response });
}

function crc32Header(bytes: Uint8Array): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return checksum.toString('base64');
}
