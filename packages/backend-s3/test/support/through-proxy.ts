import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ArtifactBackend, ReadResult } from '@artifacts/core';
import { type S3Proxy, startS3Proxy } from '@artifacts/testkit/s3-proxy';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';
import { onTestFinished } from 'vitest';

import { type Claims, claimsOf } from '../../src/claims.ts';
import { mediumOf } from '../../src/medium.ts';
import type { S3ConnectionOptions } from '../../src/options.ts';
import { s3Backend } from '../../src/s3-backend.ts';
import { clientOf, connectionTo, emptyPrefix, ensureBucket, freshPrefix } from './bucket.ts';

export interface Proxied {
  readonly proxy: S3Proxy;
  /** What the server can do. The backends are told, so that none of their requests is a probe. */
  readonly claims: Claims;
  /** Through the proxy. */
  readonly backend: ArtifactBackend;
  /** What it is made of. */
  readonly connection: S3ConnectionOptions;
  /** Past it, under the same prefix. */
  readonly direct: ArtifactBackend;
  /** Past it, too. */
  readonly client: S3Client;
  /** The uploads under the prefix that the server has not dropped. */
  readonly unfinished: () => Promise<string[]>;
  /** Another backend through the proxy. */
  readonly open: (options?: Partial<S3ConnectionOptions>) => ArtifactBackend;
}

/** A prefix of the server's bucket behind a proxy of its own, which goes with the test. */
export async function throughProxy(server: S3TestServer, options: Partial<S3ConnectionOptions> = {}): Promise<Proxied> {
  await ensureBucket(server);
  const { secretAccessKey, bucket } = server;
  const proxy = await startS3Proxy({ target: server.endpoint, secretAccessKey });
  const prefix = freshPrefix();
  const opened: ArtifactBackend[] = [];
  const opening = (connection: S3ConnectionOptions): ArtifactBackend => {
    const backend = s3Backend(connection);
    opened.push(backend);
    return backend;
  };
  const claims = await claimsOf(mediumOf(connectionTo(server), {}), undefined);
  const at = { ...connectionTo(server), prefix, capabilities: claims };
  const connection = { ...at, endpoint: proxy.endpoint, ...options };
  const open = (more: Partial<S3ConnectionOptions> = {}) => opening({ ...connection, ...more });
  const direct = opening(at);
  const client = clientOf(server);
  onTestFinished(async () => {
    await direct.discardUnfinished(new Date(Date.now() + 3_600_000));
    await emptyPrefix(client, bucket, prefix);
    await Promise.all(opened.map((backend) => backend.close()));
    client.destroy();
    await proxy.close();
  });
  const unfinished = async (): Promise<string[]> => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
    return Uploads.map(({ Key = '' }) => Key.slice(prefix.length));
  };
  return { proxy, claims, backend: open(), connection, direct, client, unfinished, open };
}

/** Bytes that differ from place to place. */
export function content(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = 0, state = seed; index < size; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

export async function* inChunks(bytes: Uint8Array, size = 1024 * 1024): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** The bytes under `key`, or `undefined` when there is no object. */
export async function bytesAt(backend: ArtifactBackend, key: string): Promise<Buffer | undefined> {
  const result = await backend.read(key);
  return result.status === 'found' ? bytesOf(result) : undefined;
}

/** All bytes of an object that was found. */
export async function bytesOf(result: ReadResult): Promise<Buffer> {
  if (result.status !== 'found') throw new Error(result.status);
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Whether there are exactly those bytes. Compared at once: a difference of megabytes is of no use in a report. */
export async function holds(backend: ArtifactBackend, key: string, bytes: Uint8Array): Promise<boolean> {
  return (await bytesAt(backend, key))?.equals(bytes) === true;
}
