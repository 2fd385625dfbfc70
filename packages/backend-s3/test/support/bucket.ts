import { randomBytes } from 'node:crypto';

import {
  type _Error,
  CreateBucketCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ArtifactBackend } from '@artifacts/core';
import type { Harness } from '@artifacts/testkit';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import type { S3ConnectionOptions } from '../../src/options.ts';
import { s3Backend } from '../../src/s3-backend.ts';

/** How to reach the server as a backend does. */
export function connectionTo({ endpoint, bucket, region, ...credentials }: S3TestServer): S3ConnectionOptions {
  return { endpoint, bucket, region, credentials, allowInsecureEndpoint: true };
}

/** A client of the application's own. */
export function clientOf({ endpoint, region, accessKeyId, secretAccessKey }: S3TestServer): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** A client that asks for so many objects at a time, whoever lists with it. */
function clientInPages(server: S3TestServer, objects: number): S3Client {
  const client = clientOf(server);
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        next(commandName === 'ListObjectsV2Command' ? { ...args, input: { ...args.input, MaxKeys: objects } } : args),
    { step: 'initialize' },
  );
  return client;
}

const ready = new Map<string, Promise<void>>();

/** Makes the bucket of the server if it is missing. */
export function ensureBucket(server: S3TestServer): Promise<void> {
  const made = ready.get(server.endpoint) ?? makeBucket(server);
  ready.set(server.endpoint, made);
  return made;
}

async function makeBucket(server: S3TestServer): Promise<void> {
  const client = clientOf(server);
  const Bucket = server.bucket;
  try {
    await client.send(new HeadBucketCommand({ Bucket })).catch(async (error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'NotFound') throw error;
      await client.send(new CreateBucketCommand({ Bucket }));
    });
  } finally {
    client.destroy();
  }
}

/**
 * Deletes everything under the prefix, a thousand objects at a time, and again what could not be deleted: a server may still be
 * busy with a write that was aborted.
 */
export async function emptyPrefix(client: S3Client, bucket: string, prefix: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const refused: _Error[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
      if (Contents.length === 0) continue;
      const Objects = Contents.map(({ Key }) => ({ Key }));
      const deletion = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
      const { Errors = [] } = await client.send(deletion);
      refused.push(...Errors);
    }
    if (refused.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`${refused.length} objects cannot be deleted: ${refused[0]?.Code}`);
  }
}

/** A prefix that nothing else uses. */
export function freshPrefix(): string {
  return `t/${randomBytes(8).toString('hex')}/`;
}

/** Storage for one rule: a prefix of its own in the bucket of the server. */
export async function freshHarness(server: S3TestServer, options: Partial<S3ConnectionOptions> = {}): Promise<Harness> {
  await ensureBucket(server);
  const prefix = freshPrefix();
  const opened: ArtifactBackend[] = [];
  const sweeper = clientOf(server);
  const clients = [sweeper];
  const open = (): ArtifactBackend => {
    const backend = s3Backend({ ...connectionTo(server), prefix, ...options });
    opened.push(backend);
    return backend;
  };
  return {
    maxKeyBytes: 1024 - prefix.length,
    otherProcess: {
      module: new URL('handle.mjs', import.meta.url),
      data: { ...connectionTo(server), prefix, ...options },
    },
    open,
    openPaged: (objects) => {
      const client = clientInPages(server, objects);
      clients.push(client);
      return s3Backend({ client, bucket: server.bucket, prefix });
    },
    openUnusable: () => {
      const backend = s3Backend({ ...connectionTo(server), bucket: `${server.bucket}-that-is-not-there` });
      opened.push(backend);
      return backend;
    },
    dispose: async () => {
      await emptyPrefix(sweeper, server.bucket, prefix);
      await Promise.all(opened.map((backend) => backend.close()));
      for (const client of clients) client.destroy();
    },
  };
}
