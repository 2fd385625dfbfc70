import { once } from 'node:events';

import { expect, test } from 'vitest';

import { content } from '../support/content.ts';
import { ask, begin, oneConnection, proxyOf, startTarget } from './target.test-helper.ts';

const bytes = content(300_000);

async function server() {
  const target = await startTarget((response) => {
    response.writeHead(200, { 'content-length': bytes.length, etag: '"a"' }).end(bytes);
  });
  const proxy = await proxyOf(target.endpoint);
  return { target, proxy, url: `${proxy.endpoint}/bucket/key` };
}

test('answer gives its status with an error document, and the server sees nothing', async () => {
  const { target, proxy, url } = await server();
  const headers = { 'retry-after': '1' };
  const fault = proxy.inject({ fault: 'answer', status: 503, code: 'SlowDown', headers, times: 1 });
  const answer = await ask(url, { method: 'PUT', body: content(1_000_000) });
  expect([answer.status, answer.headers['content-type'], answer.headers['retry-after']]).toEqual([
    503,
    'application/xml',
    '1',
  ]);
  expect(answer.body.toString()).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<Error><Code>SlowDown</Code><Message>injected by the proxy</Message><RequestId>0</RequestId></Error>',
  );
  expect(target.requests).toEqual([]);
  expect(fault.hits).toBe(1);
  expect((await ask(url)).status).toBe(200);
});

test('answer without a code has no body', async () => {
  const { proxy, url } = await server();
  proxy.inject({ fault: 'answer', status: 500 });
  const answer = await ask(url);
  expect([answer.status, answer.body.length, answer.headers['content-length']]).toEqual([500, 0, '0']);
});

test('answer may come after the server applied the request, a 200 with an error included', async () => {
  const { target, proxy, url } = await server();
  const completing = { fault: 'answer', status: 200, code: 'InternalError', when: 'after' } as const;
  proxy.inject({ ...completing, kind: 'CompleteMultipartUpload' });
  const answer = await ask(`${url}?uploadId=1`, { method: 'POST', body: 'parts' });
  expect([answer.status, answer.body.includes('<Code>InternalError</Code>')]).toEqual([200, true]);
  expect(target.requests.map(({ body }) => body)).toEqual(['parts']);
});

test('answer leaves the connection as it is', async () => {
  const { proxy, url } = await server();
  proxy.inject({ fault: 'answer', status: 500, nth: 2, times: 2 });
  const agent = oneConnection();
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1)
    statuses.push((await ask(url, { method: 'PUT', body: content(200_000), agent })).status);
  expect(statuses).toEqual([200, 500, 500, 200]);
});

test('reset before: the server sees nothing', async () => {
  const { target, proxy, url } = await server();
  proxy.inject({ fault: 'reset', when: 'before' });
  await expect(ask(url, { method: 'PUT', body: 'body' })).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(target.requests).toEqual([]);
});

test('reset after: the server has the whole request, and its answer is lost', async () => {
  const { target, proxy, url } = await server();
  proxy.inject({ fault: 'reset', when: 'after' });
  await expect(ask(url, { method: 'PUT', body: 'body' })).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(target.requests.map(({ body }) => body)).toEqual(['body']);
});

test('truncate ends the connection after so many bytes', async () => {
  const { proxy, url } = await server();
  for (const atByte of [0, 1, 100_000, 299_999]) {
    const injected = proxy.inject({ fault: 'truncate', atByte });
    const answer = await ask(url);
    expect([answer.headers['content-length'], answer.failure]).toEqual(['300000', 'ECONNRESET']);
    expect(Buffer.compare(answer.body, bytes.subarray(0, atByte))).toBe(0);
    injected.remove();
  }
});

test('stall gives so many bytes and then nothing, until the client goes', async () => {
  const { target, proxy, url } = await server();
  for (const atByte of [0, 100_000]) {
    proxy.inject({ fault: 'stall', atByte });
    const { request, answered } = begin(url);
    request.end();
    const answer = await answered;
    let received = 0;
    answer.on('data', (chunk: Buffer) => (received += chunk.length));
    while (received < atByte) await once(answer, 'data');
    // Another whole request in the meantime, and still nothing more.
    await ask(proxy.endpoint, { method: 'HEAD' });
    expect(received).toBe(atByte);
    const failed = new Promise((resolve) => answer.once('error', resolve));
    request.destroy();
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
    proxy.clear();
  }
  expect(target.requests.length).toBe(4);
});

test('stall of a request keeps it from being applied, and ends when the client goes', async () => {
  const { target, proxy, url } = await server();
  const stalled = proxy.inject({ fault: 'stall', atByte: 1000, of: 'request', times: 1 });
  const { request, answered } = begin(url, { method: 'PUT', headers: { 'content-length': '2000' } });
  const failed = answered.catch((error: unknown) => error);
  request.end(content(2000));
  while (stalled.hits === 0) await new Promise(setImmediate);
  expect((await ask(url, { method: 'PUT', body: 'the next' })).status).toBe(200);
  request.destroy();
  expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  expect(target.requests.map(({ body }) => body)).toEqual(['the next']);
});

test('trickle of a request sends small pieces with a pause after each', async () => {
  const { target, proxy, url } = await server();
  proxy.inject({ fault: 'trickle', bytes: 1, everyMs: 10, of: 'request' });
  const startedAt = performance.now();
  expect((await ask(url, { method: 'PUT', body: 'pieces' })).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(54);
  expect(target.requests.map(({ body }) => body)).toEqual(['pieces']);
});

test('trickle gives small pieces with a pause after each', async () => {
  const { proxy, url } = await server();
  proxy.inject({ fault: 'trickle', bytes: 50_000, everyMs: 10 });
  const startedAt = performance.now();
  const { body, failure } = await ask(url);
  // Six pieces at least; a timer may be early by less than a millisecond.
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(54);
  expect([Buffer.compare(body, bytes), failure]).toEqual([0, undefined]);
});

test('corrupt flips one bit of the answer, at the byte it names', async () => {
  const { proxy, url } = await server();
  for (const atByte of [undefined, 0, 65_536, 299_999]) {
    const injected = proxy.inject({ fault: 'corrupt', atByte });
    const { body, failure } = await ask(url);
    const differing = [...body.keys()].filter((index) => body[index] !== bytes[index]);
    expect([differing, failure]).toEqual([[atByte ?? 0], undefined]);
    injected.remove();
  }
  proxy.inject({ fault: 'corrupt', atByte: 300_000 });
  expect(Buffer.compare((await ask(url)).body, bytes)).toBe(0);
});

test('corrupt can hit the request instead', async () => {
  const { target, proxy, url } = await server();
  proxy.inject({ fault: 'corrupt', of: 'request', atByte: 1 });
  const { body } = await ask(url, { method: 'PUT', body: 'abc' });
  expect(target.requests[0]?.body).toBe('acc');
  expect(Buffer.compare(body, bytes)).toBe(0);
});

test('lengthen adds zeros and says so', async () => {
  const { proxy, url } = await server();
  proxy.inject({ fault: 'lengthen', bytes: 100_001 });
  const { headers, body, failure } = await ask(url);
  expect([headers['content-length'], body.length, failure]).toEqual(['400001', 400_001, undefined]);
  expect(Buffer.compare(body, Buffer.concat([bytes, Buffer.alloc(100_001)]))).toBe(0);
  expect((await ask(url, { method: 'HEAD' })).headers['content-length']).toBe('300000');
});

test('dropRequestHeaders keeps headers from the server', async () => {
  const { target, proxy, url } = await server();
  proxy.inject({ fault: 'dropRequestHeaders', names: ['If-None-Match', 'x-amz-checksum-crc32'] });
  await ask(url, { headers: { 'if-none-match': '*', 'X-Amz-Checksum-CRC32': 'AAAAAA==', 'x-kept': '1' } });
  const names = target.requests[0]?.rawHeaders.filter((_item, index) => index % 2 === 0);
  expect(names).toEqual(['x-kept', 'Host', 'Connection']);
});

test('changeResponseHeaders replaces and drops headers', async () => {
  const { proxy, url } = await server();
  proxy.inject({ fault: 'changeResponseHeaders', headers: { ETag: undefined, 'Last-Modified': 'never' } });
  const { headers } = await ask(url);
  expect([headers.etag, headers['last-modified'], headers['content-length']]).toEqual([undefined, 'never', '300000']);
});

test('delay keeps the request from the server for so long, and ends with the client', async () => {
  const { target, proxy, url } = await server();
  proxy.inject({ fault: 'delay', ms: 50, times: 1 });
  const startedAt = performance.now();
  await ask(url);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);

  proxy.inject({ fault: 'delay', ms: 1_000_000 });
  const { request, answered } = begin(url);
  request.end();
  await once(request, 'finish');
  request.destroy();
  await expect(answered).rejects.toThrow('socket hang up');
  expect(target.requests.length).toBe(1);
});

test('bandwidth is shared by what one connection carries, and not between connections', async () => {
  const { proxy, url } = await server();
  proxy.inject({ fault: 'bandwidth', bytesPerSecond: 3_000_000 });
  const agents = [oneConnection(), oneConnection()];
  const startedAt = performance.now();
  // Up and down 600,000 bytes on each, which takes 200 ms; a pause in between may be made up for.
  await Promise.all(agents.map((agent) => ask(url, { method: 'PUT', body: bytes, agent })));
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(160);
});

test('faults of several rules come together', async () => {
  const { proxy, url } = await server();
  proxy.inject({ fault: 'corrupt', atByte: 10 });
  proxy.inject({ fault: 'truncate', atByte: 100 });
  proxy.inject({ fault: 'changeResponseHeaders', headers: { etag: '"b"' } });
  const { headers, body, failure } = await ask(url);
  const expected = Buffer.from(bytes.subarray(0, 100));
  expected[10] = (expected[10] ?? 0) ^ 1;
  expect([headers.etag, body.equals(expected), failure]).toEqual(['"b"', true, 'ECONNRESET']);
});
