import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { expect, test } from 'vitest';

import { serve, type Served } from './service.test-helper.ts';

const size = 24 * 1024 * 1024;
const gone = /ECONNREFUSED|ECONNRESET|hang up/;
const large = { maxSizeBytes: 2 * size };

/** A download of which nothing is taken until its body is read. */
async function begunDownload({ port }: Served, agent: Agent | false = false): Promise<IncomingMessage> {
  const headers = { authorization: 'Bearer write-token' };
  const request = httpRequest({ port, path: '/artifacts/large', headers, agent }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

test('a download that is under way ends well, and only then the store is closed', async () => {
  const served = await serve({ drainMs: 60_000 }, large);
  await served.store.upload('large', new Uint8Array(size).fill(7));
  const response = await begunDownload(served);

  const closing = served.service.close();
  await expect(served.ask('/artifacts/large')).rejects.toThrow(gone);
  const body = await buffer(response);
  await closing;

  expect(body.length).toBe(size);
  expect(body.every((byte) => byte === 7)).toBe(true);
  await expect(served.store.getMetadata('large')).rejects.toThrow('the store is closed');
});

test('a connection that is kept alive does not hold the service up', async () => {
  const served = await serve({ drainMs: 60_000 }, large);
  await served.store.upload('large', new Uint8Array(size));
  const agent = new Agent({ keepAlive: true });
  const response = await begunDownload(served, agent);

  const closing = served.service.close();
  await buffer(response);
  const startedAt = performance.now();
  await closing;

  // Node itself would wait for five seconds.
  expect(performance.now() - startedAt).toBeLessThan(4000);
  agent.destroy();
});

test('I-25 what does not end within the bound is ended, a download and an upload', async () => {
  const served = await serve({ drainMs: 100 }, large);
  await served.store.upload('large', new Uint8Array(size));
  const response = await begunDownload(served);
  const upload = connect(served.port, '127.0.0.1');
  await once(upload, 'connect');
  upload.write(
    'PUT /artifacts/new HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer write-token\r\nContent-Length: 9999\r\n\r\nbegun',
  );
  // So that the request has been begun when the service closes.
  await served.ask('/livez');
  const cut = once(upload, 'close');
  upload.resume().on('error', () => undefined);

  await served.service.close();
  await cut;

  await expect(buffer(response)).rejects.toThrow('aborted');
  await expect(served.store.getMetadata('new')).rejects.toThrow('the store is closed');
  expect(served.errors).toEqual([]);
});

test('while it waits to be taken out of service it says so to probes, and answers all the same', async () => {
  const waits: (() => void)[] = [];
  const served = await serve({ delayMs: 5000, wait: (ms) => new Promise((done) => void (waits[ms] = done)) });
  expect((await served.ask('/readyz')).status).toBe(200);

  const closing = served.service.close();
  const ready = await served.ask('/readyz?verbose');
  const put = await served.ask('/artifacts/a', { method: 'PUT', body: 'x' });

  expect([ready.status, ready.body]).toEqual([503, '{"ok":false,"accepting":false}\n']);
  expect([put.status, put.headers.connection]).toEqual([201, 'close']);
  expect((await served.ask('/livez')).status).toBe(200);
  waits[5000]?.();
  await closing;
  await expect(served.ask('/livez')).rejects.toThrow(gone);
});

test('to close it twice is to close it once', async () => {
  const { service } = await serve();

  expect(service.close()).toBe(service.close());
  await service.close();
});
