import { randomBytes } from 'node:crypto';

import {
  CreateBucketCommand,
  type CreateBucketCommandInput,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';
import { onTestFinished } from 'vitest';

import { clientOf } from './bucket.ts';

/** A bucket that goes with the test, and a client that may do everything to it. */
export interface OwnBucket {
  readonly server: S3TestServer;
  readonly client: S3Client;
}

/** Makes a bucket and sets it up; where the server does not let us, `skip` is told why. */
export async function ownBucket(
  server: S3TestServer,
  skip: (reason: string) => never,
  setUp: (client: S3Client, bucket: string) => Promise<unknown>,
  options: Omit<CreateBucketCommandInput, 'Bucket'> = {},
): Promise<OwnBucket> {
  const client = clientOf(server);
  const bucket = `artifacts-test-${randomBytes(8).toString('hex')}`;
  onTestFinished(() => client.destroy());
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket, ...options }));
    onTestFinished(() => removed(client, bucket));
    await setUp(client, bucket);
  } catch (error) {
    skip(`the server does not take such a bucket: ${error instanceof Error ? error.name : 'unknown'}`);
  }
  return { server: { ...server, bucket }, client };
}

async function removed(client: S3Client, Bucket: string): Promise<void> {
  await client.send(new DeleteBucketPolicyCommand({ Bucket }));
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true }));
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}
