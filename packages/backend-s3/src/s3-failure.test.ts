import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { failureOf } from './s3-failure.ts';

const secret = 'correct-horse-battery-staple';

/** As the client throws it: with the request in it, and with whatever the server says. */
const thrown = Object.assign(new Error(`no: ${secret}`, { cause: new Error(secret) }), {
  name: 'AccessDenied',
  Code: secret,
  $metadata: { httpStatusCode: 403, requestId: 'tx0001-default', cfId: secret },
  $response: {
    statusCode: 403,
    headers: {
      'x-amz-bucket-region': 'there-2',
      'last-modified': 'Wed, 25 Nov 2026 15:00:00 GMT',
      authorization: secret,
    },
    body: { req: { _header: `Authorization: ${secret}` } },
  },
});

test('a failure has what the server is asked about, and the state of the object', () => {
  const { code, status, requestId, region, lastModified, message } = failureOf(thrown);
  expect({ code, status, requestId, region, message }).toEqual({
    code: 'AccessDenied',
    status: 403,
    requestId: 'tx0001-default',
    region: 'there-2',
    message: 'AccessDenied (HTTP 403)',
  });
  expect(lastModified?.getTime()).toBe(Date.UTC(2026, 10, 25, 15));
});

test('I-23 a failure shows nothing of the request, and no text that a server chose', () => {
  const shown = inspect(failureOf(thrown), { depth: 20, showHidden: true });
  expect(shown).not.toContain(secret);
  expect(failureOf({ name: secret, $metadata: { httpStatusCode: 400, requestId: `a b ${secret}` } })).toMatchObject({
    code: 'UnknownError',
    message: 'UnknownError (HTTP 400)',
    requestId: undefined,
  });
});

test.each([
  [Object.assign(new Error('read'), { code: 'ECONNRESET' }), 'ECONNRESET'],
  [Object.assign(new Error('tls'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  [Object.assign(new Error('stalled'), { name: 'TimeoutError' }), 'TimeoutError'],
  ['only text', 'UnknownError'],
  [undefined, 'UnknownError'],
])('%s is known as %s', (error, code) => {
  expect(failureOf(error)).toMatchObject({ code, status: undefined });
});
