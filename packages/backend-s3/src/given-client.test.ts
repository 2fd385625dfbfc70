import { S3Client } from '@aws-sdk/client-s3';
import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';

import { clientOf, connectionTo, ensureBucket } from '../test/support/bucket.ts';
import { rejection } from '../test/support/rejection.ts';
import { content, throughProxy } from '../test/support/through-proxy.ts';
import { s3Backend } from './s3-backend.ts';

describeS3('a given client', (server) => {
  test('makes each request once, whatever its own retries are, and stays open', async () => {
    const { proxy } = await throughProxy(server);
    const client = clientOf({ ...server, endpoint: proxy.endpoint });
    onTestFinished(() => client.destroy());
    expect(client).toBeInstanceOf(S3Client);
    expect(await client.config.maxAttempts()).toBe(3);
    const backend = s3Backend({ client, bucket: server.bucket, prefix: 'given/' });
    for (const fault of [
      { fault: 'answer', status: 500, code: 'InternalError' },
      { fault: 'answer', status: 503, code: 'SlowDown' },
      { fault: 'reset', when: 'after' },
    ] as const) {
      proxy.clear();
      proxy.inject({ ...fault, kind: 'PutObject' });
      await rejection('UNAVAILABLE', backend.write('key', content(5)));
      expect(proxy.requests.byKind).toEqual({ PutObject: 1 });
    }
    proxy.clear();
    await backend.close();
    await backend.write('key', content(5));
    await backend.delete('key');
  });

  test('is not taken for one of AWS: what its server can do is what the server can do', async () => {
    await ensureBucket(server);
    const client = clientOf(server);
    onTestFinished(() => client.destroy());
    const own = s3Backend(connectionTo(server));
    onTestFinished(() => own.close());
    const given = await s3Backend({ client, bucket: server.bucket }).capabilities();
    expect(given).toEqual(await own.capabilities());
    expect(given.conditionalDelete).toBe(false);
  });

  test('is left alone: its own requests are tried again as before', async () => {
    const { proxy } = await throughProxy(server);
    const client = clientOf({ ...server, endpoint: proxy.endpoint });
    onTestFinished(() => client.destroy());
    const backend = s3Backend({ client, bucket: server.bucket, prefix: 'given/' });
    await backend.read('key');
    proxy.clear();
    proxy.inject({ fault: 'answer', status: 503, code: 'SlowDown', kind: 'ListBuckets', times: 1 });
    const { ListBucketsCommand } = await import('@aws-sdk/client-s3');
    await client.send(new ListBucketsCommand({}));
    expect(proxy.requests.byKind).toEqual({ ListBuckets: 2 });
  });
});
