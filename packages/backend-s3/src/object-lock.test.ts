import { randomBytes } from 'node:crypto';

import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type ObjectLockRetention,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ArtifactStore, generateKey, hmacKeyring } from '@artifacts/core';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';
import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';

import { clientOf, connectionTo, ensureBucket } from '../test/support/bucket.ts';
import { rejection } from '../test/support/rejection.ts';
import { s3Backend } from './s3-backend.ts';

const hour = 3_600_000;
const sizes = { inline: 100, object: 100_000 };
const inPartsBytes = 9 * 1024 * 1024;

describeS3('object lock', (server) => {
  test.each(['governance', 'compliance'] as const)(
    'Retention: in %s mode the server keeps the bytes of what is retained, record and content, and of nothing else',
    async (objectLock) => {
      const { client, bucket } = await lockingBucket(server);
      const { store, backend } = await opened(server, bucket, objectLock);
      await store.ready();
      const retainUntil = new Date(Date.now() + hour);
      for (const [id, size] of Object.entries(sizes)) {
        await store.upload(`kept/${id}`, [randomBytes(size)], { retainUntil });
        await store.upload(`free/${id}`, [randomBytes(size)]);
      }

      const modes: string[] = [];
      for await (const { key } of backend.list({ prefix: '' })) {
        const of = { Bucket: bucket, Key: key };
        const { VersionId } = await client.send(new HeadObjectCommand(of));
        const retention = await retentionOf(client, bucket, key);
        const destroying = client.send(new DeleteObjectCommand({ ...of, VersionId }));
        const destroyed = await destroying.then(
          () => true,
          () => false,
        );
        expect([key, destroyed]).toEqual([key, retention === undefined]);
        if (retention === undefined) continue;
        modes.push(
          `${retention.Mode} ${key
            .split('/', 2)
            .join('/')
            .replace(/\/[0-9a-f]{64}/, '')}`,
        );
        // Some servers keep whole seconds.
        expect(Math.abs((retention.RetainUntilDate?.getTime() ?? 0) - retainUntil.getTime())).toBeLessThan(1000);
      }

      const mode = objectLock.toUpperCase();
      const locked = ['content', 'records/kept', 'records/kept'];
      expect(modes).toEqual(locked.map((key) => `${mode} ${key}`));
      for (const [id, size] of Object.entries(sizes))
        expect((await (await store.download(`kept/${id}`)).bytes()).length).toBe(size);
    },
    60_000,
  );

  test('Retention: content that is uploaded in parts is locked as well', async ({ skip }) => {
    const { client, bucket } = await lockingBucket(server);
    if (!(await locksParts(client, bucket))) skip('a lock for an upload in parts is not offered');
    const { store, backend } = await opened(server, bucket, 'governance');

    await store.upload('doc', [randomBytes(inPartsBytes)], { retainUntil: Date.now() + hour });

    for await (const { key } of backend.list({ prefix: 'content/' }))
      expect((await retentionOf(client, bucket, key))?.Mode).toBe('GOVERNANCE');
  });

  test('a retention that has nearly passed locks nothing', async () => {
    const { client, bucket } = await lockingBucket(server);
    const { store } = await opened(server, bucket, 'governance');

    await store.upload('soon', 'x', { retainUntil: Date.now() + 60_000 });
    await store.upload('later', 'x', { retainUntil: Date.now() + hour });

    expect(await retentionOf(client, bucket, 'records/soon')).toBeUndefined();
    expect((await retentionOf(client, bucket, 'records/later'))?.Mode).toBe('GOVERNANCE');
  });

  test('without locks in the bucket the option is refused by the check, and nothing is asked where it is not given', async () => {
    await ensureBucket(server);
    const { backend } = await opened(server, server.bucket, 'governance');

    const error = await rejection('CONFIGURATION', backend.check());

    expect(error).toMatchObject({ field: 'objectLock' });
    await (await opened(server, server.bucket, undefined)).backend.check();
  });
});

test('a lock of another kind is refused', () => {
  expect(() => s3Backend({ bucket: 'bucket', region: 'eu', objectLock: 'forever' as never })).toThrow(
    'objectLock of the S3 backend is "governance" or "compliance"',
  );
});

/**
 * What it can do is said and not probed: a bucket that has locks has versions, and there Ceph lets several of those win who race.
 */
async function opened(server: S3TestServer, bucket: string, objectLock: 'governance' | 'compliance' | undefined) {
  await ensureBucket(server);
  const capabilities = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: false };
  const backend = s3Backend({ ...connectionTo({ ...server, bucket }), objectLock, capabilities });
  onTestFinished(() => backend.close());
  const signing = hmacKeyring({ active: 'k', keys: { k: generateKey() } });
  return { backend, store: new ArtifactStore({ backend, signing, audience: 'locks' }) };
}

async function retentionOf(client: S3Client, Bucket: string, Key: string): Promise<ObjectLockRetention | undefined> {
  return client.send(new GetObjectRetentionCommand({ Bucket, Key })).then(
    ({ Retention }) => Retention,
    () => undefined,
  );
}

/** Whether the server takes a lock for an upload in parts at all. */
async function locksParts(client: S3Client, Bucket: string): Promise<boolean> {
  const at = { Bucket, Key: 'by-hand' };
  const ObjectLockRetainUntilDate = new Date(Date.now() + hour);
  const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate } as const;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ...lock }));
  const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
  return (await retentionOf(client, Bucket, at.Key)) !== undefined;
}

async function lockingBucket(server: S3TestServer): Promise<{ readonly client: S3Client; readonly bucket: string }> {
  const client = clientOf(server);
  onTestFinished(() => client.destroy());
  const bucket = `locks-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  return { client, bucket };
}
