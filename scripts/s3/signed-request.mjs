import { createHash, createHmac } from 'node:crypto';

/**
 * Sends a request without query and body, signed as AWS Signature Version 4 says: enough to make a bucket where there is
 * no SDK.
 *
 * @returns {Promise<number>} The status.
 */
export async function signedRequest(method, path, { endpoint, region, accessKeyId, secretAccessKey }) {
  const url = new URL(path, endpoint);
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const bodyHash = sha256('');
  const headers = { host: url.host, 'x-amz-content-sha256': bodyHash, 'x-amz-date': time };

  const signed = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, url.pathname, '', lines.join(''), signed, bodyHash].join('\n');
  const scope = [time.slice(0, 8), region, 's3', 'aws4_request'];
  const key = scope.reduce((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const signature = hmac(key, toSign).toString('hex');

  const credential = `${accessKeyId}/${scope.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=${signature}`;
  const { host: _host, ...sent } = headers;
  const response = await fetch(url, { method, headers: { ...sent, authorization } });
  await response.arrayBuffer();
  return response.status;
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest();
}
