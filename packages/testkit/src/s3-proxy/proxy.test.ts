import { once } from 'node:events';
import { connect } from 'node:net';

import { expect, test } from 'vitest';

import { content } from '../support/content.ts';
import { startS3Proxy } from './proxy.ts';
import { ask, begin, oneConnection, proxyOf, startTarget } from './target.test-helper.ts';

test('a request reaches the server as the client sent it, Host included', async () => {
  const target = await startTarget();
  const proxy = await proxyOf(target.endpoint);
  const headers = { Host: 's3.example.test', 'X-Amz-Meta-A': ['1', '2'], 'Content-Length': '4' };
  await ask(`${proxy.endpoint}/bucket/a%2Fb%20c?x-id=PutObject&y`, { method: 'PUT', headers, body: 'body' });
  expect(target.requests).toEqual([
    {
      line: 'PUT /bucket/a%2Fb%20c?x-id=PutObject&y',
      rawHeaders: [
        'Host',
        's3.example.test',
        'X-Amz-Meta-A',
        '1',
        'X-Amz-Meta-A',
        '2',
        'Content-Length',
        '4',
        'Connection',
        'keep-alive',
      ],
      body: 'body',
    },
  ]);
});

test('an answer reaches the client as the server gave it', async () => {
  const target = await startTarget((response) => {
    response.writeHead(207, 'Odd', ['ETag', '"a"', 'x-two', '1', 'x-two', '2', 'Content-Length', '3', 'Date', 'then']);
    response.end('abc');
  });
  const proxy = await proxyOf(target.endpoint);
  const answer = await ask(`${proxy.endpoint}/bucket/key`);
  expect([answer.status, answer.body.toString()]).toEqual([207, 'abc']);
  expect(answer.rawHeaders.slice(0, 10)).toEqual([
    'ETag',
    '"a"',
    'x-two',
    '1',
    'x-two',
    '2',
    'Content-Length',
    '3',
    'Date',
    'then',
  ]);
});

test('bodies pass byte by byte, of known and of unknown length', async () => {
  const bytes = content(3_000_001);
  const target = await startTarget((response) => {
    response.write(bytes.subarray(0, 1_000_000));
    response.end(bytes.subarray(1_000_000));
  });
  const proxy = await proxyOf(target.endpoint);
  const known = await ask(`${proxy.endpoint}/b/k`, {
    method: 'PUT',
    headers: { 'content-length': '5' },
    body: '12345',
  });
  expect(Buffer.compare(known.body, bytes)).toBe(0);
  await ask(`${proxy.endpoint}/b/k`, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' }, body: '678' });
  await ask(`${proxy.endpoint}/b/k?uploads`, { method: 'POST' });
  expect(target.requests.map(({ body }) => body)).toEqual(['12345', '678', '']);
});

test('the answer to HEAD keeps the length of what it does not send', async () => {
  const target = await startTarget((response) => response.writeHead(200, { 'content-length': 1234 }).end());
  const proxy = await proxyOf(target.endpoint);
  const answer = await ask(`${proxy.endpoint}/b/k`, { method: 'HEAD' });
  expect([answer.headers['content-length'], answer.body.length, answer.failure]).toEqual(['1234', 0, undefined]);
});

test('a client that waits for 100 Continue gets it from the server', async () => {
  const target = await startTarget();
  const proxy = await proxyOf(target.endpoint);
  const agent = oneConnection();
  const headers = { expect: '100-continue', 'content-length': '4' };
  for (let count = 0; count < 2; count += 1) {
    const answer = await ask(`${proxy.endpoint}/b/k`, { method: 'PUT', headers, body: 'body', agent });
    expect([answer.status, answer.continued]).toEqual([200, true]);
  }
  expect(target.requests.map(({ body }) => body)).toEqual(['body', 'body']);
});

test('a refusal comes before the body that was not asked for, and the connection ends with it', async () => {
  const target = await startTarget();
  const proxy = await proxyOf(target.endpoint);
  proxy.inject({ fault: 'answer', status: 412, code: 'PreconditionFailed' });
  const headers = { expect: '100-continue', 'content-length': '4' };
  const answer = await ask(`${proxy.endpoint}/b/k`, { method: 'PUT', headers, body: 'body', agent: oneConnection() });
  expect([answer.status, answer.continued, answer.headers.connection]).toEqual([412, false, 'close']);
  expect(target.requests).toEqual([]);
});

test('requests on one connection use one connection to the server', async () => {
  const target = await startTarget();
  const proxy = await proxyOf(target.endpoint);
  const agent = oneConnection();
  for (let count = 0; count < 5; count += 1) await ask(`${proxy.endpoint}/b/k`, { agent });
  expect(target.connections.length).toBe(1);
});

test('concurrent requests do not wait for each other', async () => {
  const all = 20;
  const waiting: (() => void)[] = [];
  const target = await startTarget((response) => {
    waiting.push(() => response.end());
    if (waiting.length === all) for (const release of waiting) release();
  });
  const proxy = await proxyOf(target.endpoint);
  const asked = Array.from({ length: all }, () => ask(`${proxy.endpoint}/b/k`));
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array.from({ length: all }, () => 200));
});

test('requests are counted by kind and method, until they are cleared with the rules', async () => {
  const target = await startTarget();
  const proxy = await proxyOf(target.endpoint);
  proxy.inject({ fault: 'answer', status: 503, code: 'SlowDown', kind: 'GetObject' });
  const before = proxy.requests;
  for (const method of ['PUT', 'PUT', 'GET', 'HEAD']) await ask(`${proxy.endpoint}/b/k`, { method });
  await ask(`${proxy.endpoint}/b?list-type=2`);
  expect(proxy.requests).toEqual({
    total: 5,
    byKind: { PutObject: 2, GetObject: 1, HeadObject: 1, ListObjectsV2: 1 },
    byMethod: { PUT: 2, GET: 2, HEAD: 1 },
  });
  expect(before.total).toBe(0);

  proxy.clear();
  expect((await ask(`${proxy.endpoint}/b/k`)).status).toBe(200);
  expect(proxy.requests).toEqual({ total: 1, byKind: { GetObject: 1 }, byMethod: { GET: 1 } });
});

test('a server that is not there is a reset connection', async () => {
  const target = await startTarget();
  const gone = await startS3Proxy({ target: target.endpoint });
  await gone.close();
  const proxy = await proxyOf(gone.endpoint);
  await expect(ask(`${proxy.endpoint}/b/k`)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a client that goes away takes its request to the server with it', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  let reached = () => {};
  const asked = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const target = await startTarget((response) => {
    closed = once(response, 'close');
    reached();
  });
  const proxy = await proxyOf(target.endpoint);
  const { request, answered } = begin(`${proxy.endpoint}/b/k`);
  request.end();
  await asked;
  request.destroy();
  await expect(answered).rejects.toThrow('socket hang up');
  await closed;
});

test('closing ends what is in progress and what is idle, and leaves no socket', async () => {
  let reached = () => {};
  const asked = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const target = await startTarget((response, { url }) => {
    if (url === '/b/slow') reached();
    else response.end();
  });
  const proxy = await startS3Proxy({ target: target.endpoint });
  await ask(`${proxy.endpoint}/b/quick`, { agent: oneConnection() });
  const silent = connect(Number(new URL(proxy.endpoint).port), '127.0.0.1');
  const silentClosed = new Promise((resolve) => silent.once('error', resolve));
  await once(silent, 'connect');
  const slow = ask(`${proxy.endpoint}/b/slow`);
  await asked;
  const closed = target.connections.map((socket) => once(socket, 'close'));
  expect(closed.length).toBe(2);

  const outcomes = await Promise.all([slow.catch((error: unknown) => error), silentClosed, proxy.close()]);
  expect(outcomes).toMatchObject([{ code: 'ECONNRESET' }, { code: 'ECONNRESET' }, undefined]);
  await Promise.all(closed);
  await expect(ask(`${proxy.endpoint}/b/k`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.close();
});

test('a target that is no http server is refused', async () => {
  for (const target of ['', 'localhost:80', 'https://127.0.0.1', 'http://127.0.0.1/path', 'http://user@127.0.0.1']) {
    await expect(startS3Proxy({ target })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field: 'target' });
  }
});
