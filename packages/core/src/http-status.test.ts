import { expect, test } from 'vitest';

import { ArtifactError, type ErrorCode } from './errors.ts';
import { httpStatus } from './http-status.ts';
import { content, flip, onlyKey, open, refusal, sha256 } from './store.test-helper.ts';

const statuses: Readonly<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  ALREADY_EXISTS: 412,
  PRECONDITION_FAILED: 412,
  INVALID_ARGUMENT: 400,
  TOO_LARGE: 413,
  QUOTA_EXCEEDED: 507,
  EXPIRED: 410,
  RETAINED: 423,
  SIGNATURE_INVALID: 502,
  UNKNOWN_KEY: 502,
  KEY_REVOKED: 502,
  INTEGRITY: 502,
  ROLLBACK_DETECTED: 502,
  SUPERSEDED: 409,
  ACCESS_DENIED: 500,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
  OUTCOME_UNKNOWN: 503,
  AUDIT_INCOMPLETE: 500,
  UNSUPPORTED: 501,
  CONFIGURATION: 500,
  METADATA_INVALID: 422,
  BACKEND: 500,
};

test.each(Object.entries(statuses))('%s is answered with %i', (code, status) => {
  expect(httpStatus(code as ErrorCode)).toBe(status);
  expect(httpStatus(new ArtifactError(code as ErrorCode, 'x'))).toBe(status);
});

test('a range that starts past the end is 416, any other argument 400', async () => {
  const { store } = open();
  await store.upload('a', content(10));

  const pastEnd = await refusal(store.download('a', { range: { start: 10 } }));
  const malformed = await refusal(store.download('a', { range: { start: -1 } }));

  expect([httpStatus(pastEnd), pastEnd.sizeBytes]).toEqual([416, 10]);
  expect(httpStatus(malformed)).toBe(400);
});

test('a body of another digest than announced is 400, damaged content 502', async () => {
  const { store, backend } = open({ inlineBytes: 0 });

  const announced = await refusal(store.upload('a', content(10), { expectedSha256: sha256('other') }));
  await store.upload('a', content(10));
  await flip(backend, await onlyKey(backend, 'content/'), 3);
  const damaged = await refusal((await store.download('a')).bytes());

  expect([announced.code, httpStatus(announced)]).toEqual(['INTEGRITY', 400]);
  expect([damaged.code, httpStatus(damaged)]).toEqual(['INTEGRITY', 502]);
});

test('a code of a newer release is 500', () => {
  for (const code of ['BRAND_NEW', 'constructor'])
    expect([httpStatus(code as ErrorCode), httpStatus(new ArtifactError(code as ErrorCode, 'x'))]).toEqual([500, 500]);
});
