import { createHash, createHmac } from 'node:crypto';

/**
 * Sends a request without a query, signed as AWS Signature Version 4 says: enough to make a bucket, and to see what a server
 * does with a header, where there is no SDK.
 *
 * @param {string} method
 * @param {string} path In characters that need no escape.
 * @param {{ endpoint: string, region: string, accessKeyId: string, secretAccessKey: string }} server
 * @param {{ headers?: Record<string, string>, body?: string }} [content] Names in lower case; a header replaces one that would be made.
 * @returns {Promise<{ status: number, etag: string | undefined }>}
 */
export async function signedRequest(method, path, server, { headers = {}, body = '' } = {}) {
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const url = new URL(path, endpoint);
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const all = { host: url.host, 'x-amz-content-sha256': sha256(body), 'x-amz-date': time, ...headers };

  const names = Object.keys(all).toSorted();
  const signed = names.join(';');
  const lines = names.map((name) => `${name}:${all[name]}\n`);
  const canonical = [method, url.pathname, '', lines.join(''), signed, all['x-amz-content-sha256']].join('\n');
  const scope = [time.slice(0, 8), region, 's3', 'aws4_request'];
  const key = scope.reduce((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const signature = hmac(key, toSign).toString('hex');

  const credential = `${accessKeyId}/${scope.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=${signature}`;
  const { host: _host, ...sent } = all;
  const response = await fetch(url, {
    method,
    headers: { ...sent, authorization },
    redirect: 'manual',
    // As bytes, since fetch would give text a content-type, which is not signed.
    ...(body !== '' && { body: Buffer.from(body) }),
  });
  await response.arrayBuffer();
  return { status: response.status, etag: response.headers.get('etag') ?? undefined };
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest();
}
