import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, type TestContext } from 'vitest';

import { describeS3 } from './describe-s3.ts';
import { startS3Proxy } from './s3-proxy.ts';
import type { S3TestServer } from './s3-servers.ts';

/** A client of the server that goes through a proxy, and keys of the test's own. */
async function throughProxy(server: S3TestServer, { skip }: TestContext) {
  skip(!server.endpoint.startsWith('http:'), 'the proxy takes servers of plain http');
  const { accessKeyId, secretAccessKey, region, bucket } = server;
  const proxy = await startS3Proxy({ target: server.endpoint, secretAccessKey });
  onTestFinished(() => proxy.close());
  const client = new S3Client({
    endpoint: proxy.endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    // What is sent again would be counted, too.
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  onTestFinished(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'BucketAlreadyOwnedByYou')) throw error;
  });
  proxy.clear();
  return { proxy, client, Bucket: bucket, key: (name: string) => `s3-proxy/${crypto.randomUUID()}/${name}` };
}

describeS3('the proxy', (server) => {
  test('requests are counted by what S3 calls them', async (context) => {
    const { proxy, client, Bucket, key } = await throughProxy(server, context);
    const Key = key('counted é');
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'two' }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe('two');
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
    expect(Contents?.map((object) => object.Key)).toEqual([Key]);
    expect(proxy.requests.byKind).toEqual({ PutObject: 2, GetObject: 1, ListObjectsV2: 1 });
  });

  test('a lost answer hides that the server applied the request', async (context) => {
    const { proxy, client, Bucket, key } = await throughProxy(server, context);
    const lost = key('lost');
    const never = key('never');
    proxy.inject({ fault: 'reset', when: 'after', kind: 'PutObject', key: lost });
    proxy.inject({ fault: 'reset', when: 'before', kind: 'PutObject', key: never });
    for (const Key of [lost, never]) {
      const put = client.send(new PutObjectCommand({ Bucket, Key, Body: 'stored or not' }));
      await expect(put).rejects.toMatchObject({ code: 'ECONNRESET' });
    }
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: lost }));
    expect(await Body?.transformToString()).toBe('stored or not');
    await expect(client.send(new GetObjectCommand({ Bucket, Key: never }))).rejects.toThrow(
      expect.objectContaining({ name: 'NoSuchKey' }),
    );
  });

  test('a header that is dropped is none for the server, which still takes the signature', async (context) => {
    const { proxy, client, Bucket, key } = await throughProxy(server, context);
    const Key = key('conditional a+b/é ~');
    proxy.inject({ fault: 'dropRequestHeaders', names: ['if-none-match'], kind: 'PutObject' });
    for (const Body of ['one', 'two']) await client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe('two');
  });

  test('a body that is corrupted on its way to the server is refused by the digest it was signed with', async (context) => {
    const { proxy, client, Bucket, key } = await throughProxy(server, context);
    proxy.inject({ fault: 'corrupt', of: 'request', kind: 'PutObject' });
    const put = client.send(new PutObjectCommand({ Bucket, Key: key('corrupted'), Body: 'body' }));
    await expect(put).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });
});
