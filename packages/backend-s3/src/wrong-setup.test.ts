import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import { S3Client } from '@aws-sdk/client-s3';
import type { ArtifactBackend, ErrorCode } from '@artifacts/core';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';
import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';

import { connectionTo, ensureBucket } from '../test/support/bucket.ts';
import { rejection } from '../test/support/rejection.ts';
import { content, throughProxy } from '../test/support/through-proxy.ts';
import type { S3ConnectionOptions } from './options.ts';
import { s3Backend } from './s3-backend.ts';

const calls: Record<string, (backend: ArtifactBackend) => Promise<unknown>> = {
  read: (backend) => backend.read('key'),
  check: (backend) => backend.check(),
  list: async (backend) => {
    for await (const { key } of backend.list({ prefix: '' })) return key;
    return undefined;
  },
  write: (backend) => backend.write('key', content(5)),
  capabilities: (backend) => backend.capabilities(),
};

const secrets = { accessKeyId: 'NOSUCHKEY00000000001', secretAccessKey: 'correct-horse/battery+staple' };

function opened(server: S3TestServer, options: Partial<S3ConnectionOptions>): ArtifactBackend {
  const backend = s3Backend({ ...connectionTo(server), ...options });
  onTestFinished(() => backend.close());
  return backend;
}

/** Every call fails with that code and field, and shows no credential. */
async function expectRefusals(
  backend: ArtifactBackend,
  code: ErrorCode,
  field: string | undefined,
  names = Object.keys(calls),
): Promise<void> {
  for (const name of names) {
    const error = await rejection(code, calls[name]?.(backend) ?? Promise.resolve());
    expect(error.field).toBe(field);
    const shown = inspect(error, { depth: 20, showHidden: true });
    for (const secret of Object.values(secrets)) expect(shown).not.toContain(secret);
    expect(shown).not.toMatch(/authorization|signature=/i);
  }
}

describeS3('I-26 what is set up wrongly has a typed error', (server) => {
  test('a bucket that does not exist is CONFIGURATION', async () => {
    await expectRefusals(opened(server, { bucket: 'artifacts-no-such-bucket' }), 'CONFIGURATION', 'bucket');
  });

  test('I-23 an unknown key and a wrong secret are ACCESS_DENIED', async () => {
    await ensureBucket(server);
    const { accessKeyId } = server;
    await expectRefusals(opened(server, { credentials: secrets }), 'ACCESS_DENIED', undefined);
    const wrong = opened(server, { credentials: { ...secrets, accessKeyId } });
    await expectRefusals(wrong, 'ACCESS_DENIED', undefined);
  });

  test('credentials that cannot be found are CONFIGURATION', async () => {
    const credentials = async (): Promise<never> => {
      throw Object.assign(new Error(secrets.secretAccessKey), { name: 'CredentialsProviderError' });
    };
    await expectRefusals(opened(server, { credentials }), 'CONFIGURATION', 'credentials');
  });

  test('a right that is missing is ACCESS_DENIED, whichever it is', async () => {
    const { proxy, backend } = await throughProxy(server, { capabilities: undefined });
    const rights = {
      ListObjectsV2: ['list', 'check'],
      GetObject: ['read', 'check'],
      PutObject: ['write', 'capabilities'],
    };
    for (const [kind, names] of Object.entries(rights)) {
      const denied = proxy.inject({
        fault: 'answer',
        status: 403,
        code: 'AccessDenied',
        kind: kind as keyof typeof rights,
      });
      await expectRefusals(backend, 'ACCESS_DENIED', undefined, names);
      denied.remove();
    }
  });

  test('a bucket in another region is CONFIGURATION, and no redirect is followed', async () => {
    const { proxy, backend } = await throughProxy(server, { capabilities: undefined });
    for (const status of [301, 307]) {
      proxy.clear();
      const headers = { 'x-amz-bucket-region': 'there-2', location: 'http://127.0.0.1:1/' };
      proxy.inject({ fault: 'answer', status, code: 'PermanentRedirect', headers });
      const error = await rejection('CONFIGURATION', backend.read('key'));
      expect(error).toMatchObject({ field: 'region', expected: server.region, found: 'there-2' });
      expect(proxy.requests.total).toBe(1);
    }
  });

  test('I-25 a server that does not answer is UNAVAILABLE after the idle time', async () => {
    const { proxy, backend } = await throughProxy(server, { idleTimeoutMs: 100 });
    proxy.inject({ fault: 'delay', ms: 60_000 });
    const startedAt = performance.now();
    await expectRefusals(backend, 'UNAVAILABLE', undefined, ['read', 'write', 'list']);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('a clock that is off is corrected once, and CONFIGURATION when that does not help', async () => {
    const { proxy, backend, direct } = await throughProxy(server);
    const skewed = { fault: 'answer', status: 403, code: 'RequestTimeTooSkewed' } as const;
    proxy.inject({ ...skewed, kind: 'PutObject', times: 1 });
    await backend.write('key', content(5));
    expect(proxy.requests.byKind.PutObject).toBe(2);
    expect((await direct.read('key')).status).toBe('found');
    proxy.inject(skewed);
    await expectRefusals(backend, 'CONFIGURATION', 'clock', ['read', 'write', 'list']);
  });
});

test('I-26 a host that cannot be reached is UNAVAILABLE, and the error names it', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    listener.once('listening', resolve);
  });
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => {
    listener.close(resolve);
  });
  for (const endpoint of [`http://127.0.0.1:${port}`, 'http://no-such-host.localhost.invalid']) {
    const options = { bucket: 'bucket', endpoint, credentials: secrets, allowInsecureEndpoint: true };
    const backend = s3Backend(options);
    const error = await rejection('UNAVAILABLE', backend.write('key', content(5)));
    expect(error.message).toContain(new URL(endpoint).host);
    expect(inspect(error, { depth: 20 })).not.toContain(secrets.secretAccessKey);
    await backend.close();
  }
});

test('I-10 an answer that is none says nothing of what was done, and the error names the endpoint', async () => {
  let received = 0;
  const server = createServer((socket) => {
    let request = '';
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (!request.endsWith('the whole body')) return;
      received += 1;
      socket.end('garbage');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials: secrets, forcePathStyle: true });
  onTestFinished(() => client.destroy());
  const own = s3Backend({ bucket: 'bucket', endpoint, credentials: secrets });
  onTestFinished(() => own.close());
  for (const backend of [own, s3Backend({ bucket: 'bucket', client })]) {
    const write = backend.write('key', Buffer.from('the whole body'));
    expect(await rejection('CONFIGURATION', write)).toMatchObject({ field: 'endpoint', retryable: true });
  }
  expect(received).toBe(2);
});

test('I-25 credentials that do not come are not waited for by what was aborted', async () => {
  for (const known of [false, true]) {
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      // Those that the first request was prepared with are over before the second.
      if (known && asked === 1) return { ...secrets, expiration: new Date() };
      return new Promise<never>(() => undefined);
    };
    const backend = s3Backend({ bucket: 'bucket', endpoint: 'http://127.0.0.1:1', credentials });
    onTestFinished(() => backend.close());
    for (const work of [backend.write.bind(backend, 'key', content(5)), backend.read.bind(backend, 'key')]) {
      const controller = new AbortController();
      const reason = new Error('stopped');
      const call = work({ signal: controller.signal });
      while (asked < (known ? 2 : 1)) await new Promise(setImmediate);
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
    }
  }
});
