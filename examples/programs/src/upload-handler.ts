// An HTTP handler over web `Request` and `Response`: uploads, downloads with ranges and ETag, and honest status codes. What
// strangers stored is served so that no browser shows or runs it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring, httpStatus, isArtifactError, type ArtifactMetadata } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const store = new ArtifactStore({
  backend: memoryBackend(),
  signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
  audience: 'example',
  maxSizeBytes: 1024 * 1024,
});

async function handle(request: Request): Promise<Response> {
  const id = decodeURIComponent(new URL(request.url).pathname.slice('/artifacts/'.length));
  try {
    return request.method === 'PUT' ? await put(id, request) : await get(id, request);
  } catch (error) {
    if (!isArtifactError(error)) throw error;
    const headers = error.sizeBytes === undefined ? {} : { 'content-range': `bytes */${error.sizeBytes}` };
    // The message tells which ids there are and which keys sign.
    return Response.json({ code: error.code }, { status: httpStatus(error), headers });
  }
}

async function put(id: string, request: Request): Promise<Response> {
  const { headers, body, signal } = request;
  const metadata = await store.upload(id, body ?? '', {
    contentType: headers.get('content-type') ?? undefined,
    ifGeneration: headers.get('if-none-match') === '*' ? 0 : undefined,
    signal,
  });
  return new Response(undefined, { status: 201, headers: { etag: etagOf(metadata) } });
}

async function get(id: string, request: Request): Promise<Response> {
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? [];
  const range = start === undefined ? undefined : { start: Number(start), end: end ? Number(end) + 1 : undefined };
  const download = await store.download(id, { range, signal: request.signal });
  const { metadata, range: given } = download;
  const headers = new Headers({
    'content-type': metadata.contentType,
    'content-disposition': `attachment; filename*=UTF-8''${percentEncoded(metadata.name)}`,
    'x-content-type-options': 'nosniff',
    etag: etagOf(metadata),
  });
  if (request.headers.get('if-none-match') === etagOf(metadata))
    return new Response(undefined, { status: 304, headers });
  headers.set('content-length', String(given.end - given.start));
  if (range === undefined) return new Response(download.stream(), { headers });
  headers.set('content-range', `bytes ${given.start}-${given.end - 1}/${given.size}`);
  return new Response(download.stream(), { status: 206, headers });
}

function etagOf({ revision }: ArtifactMetadata): string {
  return `"${revision}"`;
}

/** As RFC 8187 wants it, which allows less than `encodeURIComponent` does. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const url = 'http://localhost/artifacts/reports/annual.txt';
const text = { 'content-type': 'text/plain' };
const created = await handle(
  new Request(url, { method: 'PUT', body: 'all is well', headers: { ...text, 'if-none-match': '*' } }),
);
assert.equal(created.status, 201);
const again = await handle(new Request(url, { method: 'PUT', body: 'no', headers: { 'if-none-match': '*' } }));
assert.equal(again.status, 412);
assert.deepEqual(await again.json(), { code: 'ALREADY_EXISTS' });

const whole = await handle(new Request(url));
assert.equal(await whole.text(), 'all is well');
assert.equal(whole.headers.get('content-type'), 'text/plain');
assert.equal(whole.headers.get('x-content-type-options'), 'nosniff');
assert.equal(whole.headers.get('content-disposition'), "attachment; filename*=UTF-8''annual.txt");
const etag = whole.headers.get('etag') ?? '';
assert.equal((await handle(new Request(url, { headers: { 'if-none-match': etag } }))).status, 304);

const part = await handle(new Request(url, { headers: { range: 'bytes=7-' } }));
assert.equal(part.status, 206);
assert.equal(part.headers.get('content-range'), 'bytes 7-10/11');
assert.equal(await part.text(), 'well');
const past = await handle(new Request(url, { headers: { range: 'bytes=11-' } }));
assert.equal(past.status, 416);
assert.equal(past.headers.get('content-range'), 'bytes */11');

assert.equal((await handle(new Request(`${url}.missing`))).status, 404);
const large = await handle(new Request(url, { method: 'PUT', body: new Uint8Array(1024 * 1024 + 1) }));
assert.equal(large.status, 413);

const page = `http://localhost/artifacts/${encodeURIComponent(`Fülle's "page" (1)*.html`)}`;
await handle(new Request(page, { method: 'PUT', body: '<script>', headers: { 'content-type': 'text/html' } }));
assert.equal(
  (await handle(new Request(page))).headers.get('content-disposition'),
  "attachment; filename*=UTF-8''F%C3%BClle%27s%20%22page%22%20%281%29%2A.html",
);
