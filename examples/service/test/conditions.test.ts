import { wrapBackend, type ArtifactBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { beforeEach, expect, test } from 'vitest';

import { serve, type Served } from './service.test-helper.ts';

let served: Served;
let etag: string;
const other = `"${'0'.repeat(32)}"`;

beforeEach(async () => {
  served = await serve();
  const { headers } = await served.ask('/artifacts/a', { method: 'PUT', body: '0123456789' });
  etag = headers.etag ?? '';
});

async function statusOf(method: string, headers: Record<string, string>, path = '/artifacts/a'): Promise<number> {
  return (await served.ask(path, { method, headers, ...(method === 'PUT' && { body: 'new' }) })).status;
}

test.each(['GET', 'HEAD'])('a client that has the version is told so by 304, with %s', async (method) => {
  for (const known of [etag, `W/${etag}`, '*', `${other}, ${etag}`, `${etag},${other}`]) {
    const answer = await served.ask('/artifacts/a', { method, headers: { 'if-none-match': known } });
    expect([answer.status, answer.body, answer.headers.etag]).toEqual([304, '', etag]);
  }
  for (const unknown of [other, 'nonsense', etag.slice(1, -1), ''])
    expect(await statusOf(method, { 'if-none-match': unknown })).toBe(200);
});

test.each(['GET', 'HEAD'])('a client that insists on a version gets that one or 412, with %s', async (method) => {
  for (const good of [etag, '*', `${other}, ${etag}`]) expect(await statusOf(method, { 'if-match': good })).toBe(200);
  for (const bad of [other, `W/${etag}`, 'nonsense']) expect(await statusOf(method, { 'if-match': bad })).toBe(412);
});

test('a client that insists on a version gets 412 also when it is replaced while it is asked for', async () => {
  const inner = memoryBackend();
  let replaces = false;
  const read: ArtifactBackend['read'] = async (...asked) => {
    const result = await inner.read(...asked);
    if (!replaces) return result;
    replaces = false;
    await served.store.upload('a', '9876543210');
    return result;
  };
  served = await serve({}, { backend: wrapBackend(inner, { read }) });
  const { headers } = await served.ask('/artifacts/a', { method: 'PUT', body: '0123456789' });
  replaces = true;

  const answer = await served.ask('/artifacts/a', { headers: { 'if-match': headers.etag, range: 'bytes=5-' } });

  expect(replaces).toBe(false);
  expect(answer.status).toBe(412);
});

test('I-13 create-only is If-None-Match: *, and one of many wins', async () => {
  expect(await statusOf('PUT', { 'if-none-match': '*' })).toBe(412);

  const racing = Array.from({ length: 8 }, () => statusOf('PUT', { 'if-none-match': '*' }, '/artifacts/new'));

  expect((await Promise.all(racing)).toSorted((a, b) => a - b)).toEqual([201, ...Array<number>(7).fill(412)]);
});

test('I-14 a change under If-Match is made to that version alone, and one of many wins', async () => {
  for (const bad of [other, `W/${etag}`, 'nonsense']) {
    expect(await statusOf('PUT', { 'if-match': bad })).toBe(412);
    expect(await statusOf('DELETE', { 'if-match': bad })).toBe(412);
  }
  const racing = Array.from({ length: 8 }, () => statusOf('PUT', { 'if-match': etag }));

  expect((await Promise.all(racing)).toSorted((a, b) => a - b)).toEqual([200, ...Array<number>(7).fill(412)]);
  expect(await statusOf('DELETE', { 'if-match': etag })).toBe(412);
  expect(await statusOf('DELETE', { 'if-match': '*' })).toBe(204);
  expect(await statusOf('DELETE', { 'if-match': '*' })).toBe(412);
  expect(await statusOf('PUT', { 'if-match': '*' })).toBe(412);
});

test('a change under If-None-Match is made to any other version', async () => {
  expect(await statusOf('PUT', { 'if-none-match': etag })).toBe(412);
  expect(await statusOf('DELETE', { 'if-none-match': '*' })).toBe(412);
  expect(await statusOf('PUT', { 'if-none-match': other })).toBe(200);
  expect(await statusOf('DELETE', { 'if-none-match': etag })).toBe(204);
  expect(await statusOf('DELETE', { 'if-none-match': '*' })).toBe(404);
});

test.each([
  ['bytes=0-3', '0123', 'bytes 0-3/10'],
  ['bytes=7-', '789', 'bytes 7-9/10'],
  ['bytes=7-99999999999999999999999', '789', 'bytes 7-9/10'],
  ['bytes=9-9', '9', 'bytes 9-9/10'],
  ['bytes=-4', '6789', 'bytes 6-9/10'],
  ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ['BYTES=1-1', '1', 'bytes 1-1/10'],
])('the range %s is %s', async (range, body, contentRange) => {
  const answer = await served.ask('/artifacts/a', { headers: { range } });

  expect([answer.status, answer.body]).toEqual([206, body]);
  expect(answer.headers).toMatchObject({ 'content-range': contentRange, 'content-length': String(body.length), etag });
});

test.each(['bytes=10-', 'bytes=10-20', 'bytes=99999999999999999999-', 'bytes=-0'])(
  'the range %s has no byte and is 416',
  async (range) => {
    const { status, headers } = await served.ask('/artifacts/a', { headers: { range } });

    expect([status, headers['content-range']]).toEqual([416, 'bytes */10']);
  },
);

test.each([
  'bytes=5-2',
  'bytes=-',
  'bytes=a-b',
  'bytes=0-1,3-4',
  'lines=0-1',
  'bytes=1',
  '',
  'bytes 0-1',
  'bytes=-1-2',
])('the range %j is ignored, and the whole is sent', async (range) => {
  const { status, body, headers } = await served.ask('/artifacts/a', { headers: { range } });

  expect([status, body, headers['content-range']]).toEqual([200, '0123456789', undefined]);
});

test('of nothing no range can be sent', async () => {
  await served.ask('/artifacts/empty', { method: 'PUT', body: '' });

  for (const range of ['bytes=0-', 'bytes=-1']) {
    const { status, headers } = await served.ask('/artifacts/empty', { headers: { range } });
    expect([status, headers['content-range']]).toEqual([416, 'bytes */0']);
  }
  expect(await served.ask('/artifacts/empty')).toMatchObject({ status: 200, body: '' });
});

test('with If-Range a range is sent of that version, and of another the whole', async () => {
  const of = async (ifRange: string) => {
    const headers = { range: 'bytes=1-2', 'if-range': ifRange };
    const { status, body } = await served.ask('/artifacts/a', { headers });
    return [status, body];
  };

  expect(await of(etag)).toEqual([206, '12']);
  for (const stale of [other, `W/${etag}`, 'Wed, 25 Nov 2026 12:00:00 GMT'])
    expect(await of(stale)).toEqual([200, '0123456789']);
  expect((await served.ask('/artifacts/a', { headers: { range: 'bytes=50-', 'if-range': other } })).status).toBe(200);
});

test('what the client knows comes before the range it asks for', async () => {
  expect(await statusOf('GET', { range: 'bytes=50-', 'if-none-match': etag })).toBe(304);
  expect(await statusOf('GET', { range: 'bytes=0-1', 'if-match': other })).toBe(412);
  expect(await statusOf('HEAD', { range: 'bytes=0-1' })).toBe(200);
});
