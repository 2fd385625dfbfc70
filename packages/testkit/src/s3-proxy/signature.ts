import { createHash, createHmac } from 'node:crypto';

import type { Headers } from './headers.ts';

/**
 * The headers with a signature (AWS Signature Version 4) over those that are left of what the client had signed. Headers without such a signature are
 * given back as they are.
 */
export function signedAgain(method: string, target: string, headers: Headers, secretAccessKey: string): Headers {
  const fields = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join(',')]),
  );
  const authorization = /^AWS4-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),/.exec(
    fields.get('authorization') ?? '',
  );
  const [, credential = '', names = ''] = authorization ?? [];
  if (authorization === null) return headers;

  const signed = names.split(';').filter((name) => fields.has(name));
  const [path = '', query = ''] = target.split('?', 2);
  const canonical = [
    method,
    path,
    canonicalQuery(query),
    ...signed.map((name) => `${name}:${fields.get(name)?.trim().replaceAll(/\s+/g, ' ')}`),
    '',
    signed.join(';'),
    fields.get('x-amz-content-sha256'),
  ].join('\n');
  const [, ...scope] = credential.split('/');
  const text = ['AWS4-HMAC-SHA256', fields.get('x-amz-date'), scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key, text).toString('hex');
  const own = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed.join(';')}, Signature=${signature}`;
  const isOther = (name: string) => name.toLowerCase() !== 'authorization';
  return { ...Object.fromEntries(Object.entries(headers).filter(([name]) => isOther(name))), authorization: own };
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const parts = query.split('&').map((part) => (part.includes('=') ? part : `${part}=`));
  return parts.toSorted((a, b) => (a < b ? -1 : 1)).join('&');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
