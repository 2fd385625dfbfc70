import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { serve } from './service.test-helper.ts';

const mebibyte = 1024 * 1024;

test('what is put is got back, byte for byte, with what describes it', async () => {
  const { ask } = await serve();

  const created = await ask('/artifacts/reports/2026%20annual.txt', {
    method: 'PUT',
    body: 'all is well',
    headers: { 'content-type': 'text/plain' },
  });
  const got = await ask('/artifacts/reports/2026%20annual.txt');

  expect(created.status).toBe(201);
  expect(JSON.parse(created.body)).toEqual({
    id: 'reports/2026 annual.txt',
    generation: 1,
    sizeBytes: 11,
    checksumSha256: createHash('sha256').update('all is well').digest('hex'),
  });
  expect([got.status, got.body]).toEqual([200, 'all is well']);
  expect(got.headers).toMatchObject({
    'content-type': 'text/plain',
    'content-length': '11',
    'content-disposition': "attachment; filename*=UTF-8''2026%20annual.txt",
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    etag: created.headers.etag,
    'repr-digest': `sha-256=:${createHash('sha256').update('all is well').digest('base64')}:`,
  });
  expect(got.headers.etag).toMatch(/^"[0-9a-f]{32}"$/);
});

test('large content goes both ways in pieces, with and without its length', async () => {
  const { ask } = await serve();
  const body = Buffer.alloc(5 * mebibyte + 7, 'artifact ');

  for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
    expect((await ask('/artifacts/large', { method: 'PUT', body, headers })).status).toBeLessThan(202);
    expect(Buffer.from((await ask('/artifacts/large')).body, 'latin1').equals(body)).toBe(true);
  }
});

test('HEAD gives the headers of GET and no byte', async () => {
  const { ask } = await serve();
  await ask('/artifacts/a', { method: 'PUT', body: 'hello' });

  const [got, head] = [await ask('/artifacts/a'), await ask('/artifacts/a', { method: 'HEAD' })];

  const { date: _, ...headers } = head.headers;
  expect([head.status, head.body]).toEqual([200, '']);
  expect(got.headers).toMatchObject(headers);
  expect((await ask('/artifacts/b', { method: 'HEAD' })).status).toBe(404);
});

test('a new version is 200, a delete 204, and what is not there 404', async () => {
  const { ask } = await serve();

  expect((await ask('/artifacts/a')).status).toBe(404);
  expect((await ask('/artifacts/a', { method: 'DELETE' })).status).toBe(404);
  expect((await ask('/artifacts/a', { method: 'PUT', body: '1' })).status).toBe(201);
  expect((await ask('/artifacts/a', { method: 'PUT', body: '2' })).status).toBe(200);
  const gone = await ask('/artifacts/a', { method: 'DELETE' });
  expect([gone.status, gone.body]).toEqual([204, '']);
  expect(JSON.parse((await ask('/artifacts/a')).body)).toEqual({ code: 'NOT_FOUND' });
});

test('what has expired is 410, and what is retained 423', async () => {
  let now = Date.now();
  const { ask, store } = await serve({ now: () => now }, { now: () => now });
  await store.upload('short', 'x', { ttlMs: 1000 });
  await store.upload('kept', 'x', { hold: true });
  now += 1000;
  const stale = { 'if-match': '*' };

  for (const method of ['GET', 'HEAD']) expect((await ask('/artifacts/short', { method })).status).toBe(410);
  expect((await ask('/artifacts/kept', { method: 'PUT', body: 'y' })).status).toBe(423);
  expect((await ask('/artifacts/kept', { method: 'DELETE' })).status).toBe(423);
  expect((await ask('/artifacts/short', { method: 'PUT', body: 'y', headers: stale })).status).toBe(412);
  expect((await ask('/artifacts/short', { method: 'PUT', body: 'y', headers: { 'if-none-match': '*' } })).status).toBe(
    201,
  );
});

test('a listing goes on by its cursor, and names what does not verify without hiding the rest', async () => {
  const { ask, store } = await serve();
  for (const id of ['b/1', 'b/2', 'b/3', 'c']) await store.upload(id, id);

  const first = JSON.parse((await ask('/artifacts?prefix=b/&limit=2')).body) as { cursor: string };
  const second = JSON.parse(
    (await ask(`/artifacts/?prefix=b/&cursor=${encodeURIComponent(first.cursor)}`)).body,
  ) as object;

  expect(first).toMatchObject({ artifacts: [{ id: 'b/1', sizeBytes: 3, generation: 1 }, { id: 'b/2' }], invalid: [] });
  expect(second).toMatchObject({ artifacts: [{ id: 'b/3' }] });
  expect(second).not.toHaveProperty('cursor');
  for (const query of ['limit=0', 'limit=x', 'limit=1001', 'cursor=!', 'prefix=%00'])
    expect((await ask(`/artifacts?${query}`)).status, `with ${query}`).toBe(400);
});

test('a method that is not there is 405, and another path 404', async () => {
  const { ask } = await serve();

  for (const method of ['POST', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const { status, headers } = await ask('/artifacts/a', { method });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD, PUT, DELETE']);
  }
  expect((await ask('/artifacts', { method: 'DELETE' })).headers.allow).toBe('GET');
  for (const path of ['/', '/artifact', '/artifactsx', '/Artifacts/a', '//artifacts/a', '/livez/x'])
    expect((await ask(path)).status, `at ${path}`).toBe(404);
});

test('more than may be stored is 413: announced before a byte is sent, else where it goes beyond', async () => {
  const { ask, raw, store } = await serve({}, { maxSizeBytes: mebibyte });
  const body = Buffer.alloc(mebibyte + 1);

  expect((await ask('/artifacts/a', { method: 'PUT', body })).status).toBe(413);
  expect((await ask('/artifacts/a', { method: 'PUT', body, headers: { 'transfer-encoding': 'chunked' } })).status).toBe(
    413,
  );
  // It waits to be told to go on, and is not.
  const refused = await raw(
    'PUT /artifacts/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer write-token\r\n' +
      'Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n',
  );
  expect(refused.split('\r\n')[0]).toBe('HTTP/1.1 413 Payload Too Large');
  expect(await store.getMetadata('a')).toBeUndefined();
});

test('a client that waits to be told to go on is told so', async () => {
  const { ask } = await serve();
  const headers = { expect: '100-continue', 'content-length': 5 };

  expect((await ask('/artifacts/a', { method: 'PUT', body: 'hello', headers })).status).toBe(201);
  expect((await ask('/artifacts/a')).body).toBe('hello');
});

test('a quota that is full is 507', async () => {
  const { ask } = await serve({}, { quota: { maxBytes: 10 } });

  const full = await ask('/artifacts/a', { method: 'PUT', body: 'more than ten' });

  expect([full.status, full.body]).toEqual([507, '{"code":"QUOTA_EXCEEDED"}\n']);
});

test('a part is not stored as if it were the whole', async () => {
  const { ask } = await serve();

  const part = await ask('/artifacts/a', { method: 'PUT', body: 'x', headers: { 'content-range': 'bytes 0-0/2' } });

  expect(part.status).toBe(400);
});
