import { inspect } from 'node:util';

import { S3Client } from '@aws-sdk/client-s3';
import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, onTestFinished, test, vi } from 'vitest';

import { rejection } from '../test/support/rejection.ts';
import { bytesAt, content, holds, inChunks, throughProxy } from '../test/support/through-proxy.ts';
import { s3Backend } from './s3-backend.ts';

const hour = 3_600_000;
const bytes = content(20 * 1024 * 1024);

describeS3('I-26 credentials whose time is over', (server) => {
  test('I-7 I-23 in the middle of an upload are ACCESS_DENIED, and what the server has is found with new ones', async () => {
    const { accessKeyId, secretAccessKey } = server;
    const { proxy, backend, direct, open, unfinished } = await throughProxy(server, {
      credentials: async () => ({ accessKeyId, secretAccessKey, expiration: new Date(Date.now() + hour) }),
    });
    // From the second part on nothing goes any more, neither to send nor to tidy up.
    const expired = { fault: 'answer', status: 400, code: 'ExpiredToken' } as const;
    proxy.inject({ ...expired, kind: 'UploadPart', nth: 2 });
    proxy.inject({ ...expired, kind: ['AbortMultipartUpload', 'CompleteMultipartUpload'] });
    const error = await rejection('ACCESS_DENIED', backend.write('key', inChunks(bytes)));
    expect(error.message).toContain('the credentials have expired: renew them');
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(secretAccessKey);
    expect(await bytesAt(direct, 'key')).toBeUndefined();
    expect(await unfinished()).toEqual(['key']);

    proxy.clear();
    const renewed = open();
    await renewed.discardUnfinished(new Date(Date.now() + hour));
    expect(await unfinished()).toEqual([]);
    await renewed.write('key', inChunks(bytes));
    expect(await holds(direct, 'key', bytes)).toBe(true);
  });

  test('are asked for again by the one backend that lives longer than they do', async () => {
    const { accessKeyId, secretAccessKey } = server;
    let asked = 0;
    const { backend } = await throughProxy(server, {
      credentials: async () => {
        asked += 1;
        // The client renews them some minutes before.
        return { accessKeyId, secretAccessKey, expiration: new Date(Date.now() + 1000) };
      },
    });
    await backend.write('key', content(5));
    const first = asked;
    await backend.read('key');
    expect(asked).toBeGreaterThan(first);
  });
});

describeS3('I-26 a clock that is off by an hour', (server) => {
  const { region, accessKeyId, secretAccessKey, bucket } = server;

  test.each([hour, -hour])('by %i ms is put right for the own client, too', async (offset) => {
    const { proxy, backend, direct } = await throughProxy(server);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offset });
    onTestFinished(() => void vi.useRealTimers());
    await backend.write('key', content(5));
    expect(proxy.requests.byKind).toEqual({ PutObject: 2 });
    expect(await holds(backend, 'key', content(5))).toBe(true);
    await backend.delete('key');
    expect(proxy.requests.byKind).toEqual({ PutObject: 2, GetObject: 1, DeleteObject: 1 });
    vi.useRealTimers();
    expect(await bytesAt(direct, 'key')).toBeUndefined();
  });

  test.each([hour, -hour])('by %i ms is put right by the answer of the server', async (systemClockOffset) => {
    const { proxy, direct } = await throughProxy(server);
    const client = new S3Client({
      endpoint: proxy.endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      systemClockOffset,
    });
    onTestFinished(() => client.destroy());
    const backend = s3Backend({ client, bucket, prefix: 'clock/' });
    await backend.write('key', content(5));
    expect(proxy.requests.byKind).toEqual({ PutObject: 2 });
    await backend.delete('key');
    expect(proxy.requests.byKind).toEqual({ PutObject: 2, DeleteObject: 1 });
    expect(await bytesAt(direct, 'key')).toBeUndefined();
  });
});
