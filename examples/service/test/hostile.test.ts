import { EventEmitter, once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

import { localBackend } from '@artifacts/backend-local';
import { wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { expect, test } from 'vitest';

import { scratch, serve } from './service.test-helper.ts';

const put = { method: 'PUT', body: 'x' };
const head = (line: string, ...headers: string[]) =>
  `${[line, 'Host: x', 'Authorization: Bearer write-token', ...headers].join('\r\n')}\r\n\r\n`;
const statusOf = (answer: string) => Number(answer.split(' ')[1]);

test.each([
  '..',
  '../secret',
  'a/../../secret',
  '%2e%2e/secret',
  '%2e%2e%2fsecret',
  'a//b',
  '/etc/passwd',
  'a/',
  '.',
  './a',
  '%00',
  'a%00.txt',
  'a%0d%0aSet-Cookie:x',
  '%7f',
  '%',
  '%zz',
  '%c0%ae%c0%ae/secret',
  '%ff',
  '%ed%a0%80',
  'e%cc%81',
  'x'.repeat(513),
  '%41'.repeat(300),
])('I-20 the id %s is refused, and nothing is written anywhere', async (id) => {
  const folder = await scratch();
  const { ask } = await serve({}, { backend: localBackend({ root: join(folder, 'store') }) });

  for (const how of [put, {}, { method: 'HEAD' }, { method: 'DELETE' }])
    expect((await ask(`/artifacts/${id}`, how)).status).toBe(400);

  expect(await readdir(folder)).toEqual([]);
});

test.each([
  'con',
  'a:b',
  'C:/x',
  'a b',
  "o'hara (1)*",
  '<script>',
  'ünï',
  'a?b',
  'a#b',
  'a\\b',
  '*',
  '%2e%2e',
  'A',
  'a',
])('the id %j is as good as any, and only itself', async (id) => {
  const { ask, store } = await serve();

  const { status } = await ask(`/artifacts/${encodeURIComponent(id)}`, { ...put, body: id });
  const got = await ask(`/artifacts/${encodeURIComponent(id)}`);

  expect([status, got.status, Buffer.from(got.body, 'latin1').toString()]).toEqual([201, 200, id]);
  expect((await store.page()).artifacts.map((artifact) => artifact.id)).toEqual([id]);
  expect(got.headers['content-disposition']).toMatch(/^attachment; filename\*=UTF-8''[\w%.!~-]*$/);
});

test('a content type that is none is refused, and none can leave its header', async () => {
  const { ask, raw } = await serve();

  for (const type of ['text', 'text/html, text/plain', 'a/b; c', '/'])
    expect((await ask('/artifacts/a', { ...put, headers: { 'content-type': type } })).status, `of ${type}`).toBe(400);
  const split = await raw(
    head('PUT /artifacts/a HTTP/1.1', 'Content-Type: a/b\rX: y', 'Content-Length: 1', 'Connection: close'),
  );
  expect(statusOf(split)).toBe(400);
});

test.each([
  ['two lengths', ['Content-Length: 1', 'Content-Length: 2']],
  ['a length and chunks', ['Content-Length: 1', 'Transfer-Encoding: chunked']],
  ['a negative length', ['Content-Length: -1']],
  ['no number', ['Content-Length: 0x10']],
])('a request with %s is refused before it is one', async (_what, headers) => {
  const { raw, store } = await serve();

  const answer = await raw(`${head('PUT /artifacts/a HTTP/1.1', ...headers)}xx`);

  expect(statusOf(answer)).toBe(400);
  expect(await store.getMetadata('a')).toBeUndefined();
});

test('a target that is no path is not found', async () => {
  const { raw } = await serve();

  for (const target of ['http://other/artifacts/a', '*', 'artifacts/a']) {
    const answer = await raw(head(`GET ${target} HTTP/1.1`, 'Connection: close'));
    expect([400, 404]).toContain(statusOf(answer));
  }
});

test('I-7 a body that ends too early leaves nothing, and the version before it', async () => {
  const { ask, port, store, errors } = await serve();
  await ask('/artifacts/a', { ...put, body: 'before' });

  for (const [framing, sent] of [
    ['Content-Length: 1000000', 'x'.repeat(300_000)],
    ['Transfer-Encoding: chunked', `186A0\r\n${'x'.repeat(100_000)}\r\n`],
  ] as const) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(head('PUT /artifacts/a HTTP/1.1', framing) + sent);
    socket.end();
    socket.resume();
    await once(socket, 'close');
  }

  expect((await ask('/artifacts/a')).body).toBe('before');
  expect((await store.getMetadata('a'))?.generation).toBe(1);
  expect(errors).toEqual([]);
});

test('I-25 a body that stops is 408, and the connection ends', async () => {
  const { raw, store } = await serve({}, { backend: memoryBackend(), idleTimeoutMs: 500 });

  const answer = await raw(`${head('PUT /artifacts/a HTTP/1.1', 'Content-Length: 1000')}only this`);

  expect(statusOf(answer)).toBe(408);
  expect(await store.getMetadata('a')).toBeUndefined();
});

test('I-25 a client that takes nothing any more loses its connection', async () => {
  const size = 48 * 1024 * 1024;
  const ended = new EventEmitter();
  const { port, store } = await serve(
    { idleMs: 1000 },
    { maxSizeBytes: size, observers: [{ end: ({ operation }) => void ended.emit(operation) }] },
  );
  await store.upload('large', new Uint8Array(size));
  const left = once(ended, 'download');
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(head('GET /artifacts/large HTTP/1.1'));

  // Nothing is read meanwhile.
  await left;
  const closed = once(socket.resume(), 'close');
  await closed;

  expect(socket.bytesRead).toBeLessThan(size);
});

test('I-1 content that was changed in storage ends the connection before a wrong byte is sent', async () => {
  const inner = memoryBackend();
  const { ask, store, errors } = await serve({}, { backend: inner });
  const content = new Uint8Array(3 * 1024 * 1024).fill(7);
  await store.upload('a', content);
  for await (const { key } of inner.list({ prefix: 'content/' })) {
    const forged = Uint8Array.from(content);
    forged[2 * 1024 * 1024 + 5] = 8;
    await inner.write(key, forged);
  }

  await expect(ask('/artifacts/a')).rejects.toThrow(/aborted|hang up|reset/);
  expect((await ask('/artifacts/a', { headers: { range: 'bytes=0-9' } })).body).toBe('\x07'.repeat(10));
  expect(errors).toMatchObject([{ code: 'INTEGRITY' }]);
});

test('I-23 an answer has the code of a failure and no message, which goes to whoever listens', async () => {
  const backend = wrapBackend(memoryBackend(), { read: () => Promise.reject(new Error('EIO at /srv/private/store')) });
  const { ask, errors } = await serve({}, { backend });

  const { status, body } = await ask('/artifacts/a');

  expect([status, body]).toEqual([500, '{"code":"BACKEND"}\n']);
  expect(errors).toMatchObject([{ code: 'BACKEND' }]);
});
