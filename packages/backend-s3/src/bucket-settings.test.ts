import {
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type ArtifactBackend, ArtifactStore, generateKey, keyringFromText } from '@artifacts/core';
import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';

import { connectionTo } from '../test/support/bucket.ts';
import { type OwnBucket, ownBucket } from '../test/support/own-bucket.ts';
import { rejection } from '../test/support/rejection.ts';
import { bytesAt, content } from '../test/support/through-proxy.ts';
import { s3Backend } from './s3-backend.ts';

const signing = keyringFromText(`k1=${generateKey()}`);

function backendIn({ server }: OwnBucket) {
  const backend = s3Backend(connectionTo(server));
  onTestFinished(() => backend.close());
  return backend;
}

async function keysIn(backend: ArtifactBackend): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of backend.list({ prefix: '' })) keys.push(key);
  return keys;
}

function denying(action: string) {
  return (client: S3Client, bucket: string) => {
    const resources = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const statement = { Effect: 'Deny', Principal: '*', Action: [action], Resource: resources };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    return client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  };
}

/** What the server still has of the keys, the bytes of deleted and replaced objects included. */
async function kept({ client, server }: OwnBucket, prefix: string): Promise<number[]> {
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: server.bucket, Prefix: prefix }));
  return Versions.map(({ Size = 0 }) => Size).toSorted((a, b) => a - b);
}

describeS3('I-26 a bucket with settings of its own', (server) => {
  test('whose policy lets nobody list is ACCESS_DENIED to those who list, and its objects can be read', async ({
    skip,
  }) => {
    const backend = backendIn(await ownBucket(server, skip, denying('s3:ListBucket')));
    await backend.write('key', content(5));
    const error = await rejection('ACCESS_DENIED', backend.check());
    expect(error.message).toContain('check credentials and the policy of the bucket');
    await rejection('ACCESS_DENIED', keysIn(backend));
    expect(await bytesAt(backend, 'key')).toEqual(Buffer.from(content(5)));
  });

  test('whose policy lets nobody write is ACCESS_DENIED to those who write, and a store there is healthy', async ({
    skip,
  }) => {
    const backend = backendIn(await ownBucket(server, skip, denying('s3:PutObject')));
    const error = await rejection('ACCESS_DENIED', backend.write('key', content(5)));
    expect(error.message).toContain('check credentials and the policy of the bucket');
    await rejection('ACCESS_DENIED', backend.capabilities());
    const store = new ArtifactStore({ backend, audience: 'test', signing });
    await rejection('ACCESS_DENIED', store.upload('doc', 'content'));
    await rejection('ACCESS_DENIED', store.ready());
    // A health check reads only.
    expect((await store.healthCheck()).ok).toBe(true);
  });

  test('with versioning works as one without, and keeps the bytes of what is replaced and deleted', async ({
    skip,
  }) => {
    const own = await ownBucket(server, skip, (client, Bucket) => {
      return client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    });
    const backend = backendIn(own);
    await backend.write('key', content(5));
    await backend.write('key', content(6));
    expect((await bytesAt(backend, 'key'))?.length).toBe(6);
    await backend.delete('key');
    await backend.delete('key');
    expect(await bytesAt(backend, 'key')).toBeUndefined();
    expect(await keysIn(backend)).toEqual([]);
    expect(await kept(own, 'key')).toEqual([5, 6]);
  });

  test('with object lock works as one with versioning, and a delete hides what the lock keeps', async ({ skip }) => {
    const lock = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } as const;
    const own = await ownBucket(
      server,
      skip,
      (client, Bucket) => {
        const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule: lock } as const;
        return client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
      },
      { ObjectLockEnabledForBucket: true },
    );
    // Where there is a lock, AWS takes nothing without a checksum.
    const backend = s3Backend({ ...connectionTo(own.server), contentMd5: true });
    onTestFinished(() => backend.close());
    const store = new ArtifactStore({ backend, audience: 'test', signing });
    await store.upload('doc', 'content');
    await store.upload('doc', 'other content');
    expect(await store.delete('doc')).toBe(true);
    expect(await store.getMetadata('doc')).toBeUndefined();
    await backend.delete('records/doc');
    expect((await backend.read('records/doc')).status).toBe('absent');
    // A tombstone as well, where the server can swap.
    const { compareAndSwap } = await backend.capabilities();
    expect((await kept(own, 'records/doc')).length).toBe(compareAndSwap ? 3 : 2);
  });
});
