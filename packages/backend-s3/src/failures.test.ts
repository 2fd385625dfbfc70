import { type ErrorCode, isArtifactError } from '@artifacts/core';
import { describe, expect, test } from 'vitest';

import { classified, passes } from './failures.ts';
import { S3Failure } from './s3-failure.ts';
import { settingsOf } from './settings.ts';

const settings = settingsOf({ bucket: 'bucket', endpoint: 'https://s3.example.org', region: 'here-1' }, {});

describe('a failed request', () => {
  test.each<[code: string, status: number | undefined, meaning: ErrorCode, field: string | undefined]>([
    ['AccessDenied', 403, 'ACCESS_DENIED', undefined],
    ['InvalidAccessKeyId', 403, 'ACCESS_DENIED', undefined],
    ['SignatureDoesNotMatch', 403, 'ACCESS_DENIED', undefined],
    ['ExpiredToken', 400, 'ACCESS_DENIED', undefined],
    ['UnknownError', 401, 'ACCESS_DENIED', undefined],
    ['RequestTimeTooSkewed', 403, 'CONFIGURATION', 'clock'],
    ['CredentialsProviderError', undefined, 'CONFIGURATION', 'credentials'],
    ['NoSuchBucket', 404, 'CONFIGURATION', 'bucket'],
    ['InvalidBucketName', 400, 'CONFIGURATION', 'bucket'],
    ['AuthorizationHeaderMalformed', 400, 'CONFIGURATION', 'region'],
    ['PermanentRedirect', 301, 'CONFIGURATION', 'endpoint'],
    ['UnknownError', 307, 'CONFIGURATION', 'endpoint'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'CONFIGURATION', 'endpoint'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'CONFIGURATION', 'endpoint'],
    ['NotImplemented', 501, 'UNSUPPORTED', undefined],
    ['UnknownError', 501, 'UNSUPPORTED', undefined],
    ['PreconditionFailed', 412, 'PRECONDITION_FAILED', undefined],
    ['QuotaExceeded', 403, 'QUOTA_EXCEEDED', undefined],
    ['UnknownError', 507, 'QUOTA_EXCEEDED', undefined],
    ['EntityTooLarge', 400, 'TOO_LARGE', undefined],
    ['UnknownError', 413, 'TOO_LARGE', undefined],
    ['KeyTooLongError', 400, 'INVALID_ARGUMENT', 'key'],
    ['SlowDown', 503, 'UNAVAILABLE', undefined],
    ['TooManyRequests', 429, 'UNAVAILABLE', undefined],
    ['InternalError', 500, 'UNAVAILABLE', undefined],
    ['UnknownError', 502, 'UNAVAILABLE', undefined],
    ['ConditionalRequestConflict', 409, 'UNAVAILABLE', undefined],
    ['BadDigest', 400, 'UNAVAILABLE', undefined],
    ['XAmzContentSHA256Mismatch', 400, 'UNAVAILABLE', undefined],
    ['RequestTimeout', 400, 'UNAVAILABLE', undefined],
    ['IncompleteBody', undefined, 'UNAVAILABLE', undefined],
    ['TimeoutError', undefined, 'UNAVAILABLE', undefined],
    ['ECONNRESET', undefined, 'UNAVAILABLE', undefined],
    ['ECONNREFUSED', undefined, 'UNAVAILABLE', undefined],
    ['ENOTFOUND', undefined, 'UNAVAILABLE', undefined],
    ['MalformedXML', 400, 'BACKEND', undefined],
  ])('%s with status %s is %s', (code, status, meaning, field) => {
    const failure = new S3Failure(code, { status });
    const error = classified(failure, settings, 'write "key"', 'write');
    if (!isArtifactError(error)) throw error;
    expect({ code: error.code, field: error.field, cause: error.cause }).toEqual({
      code: meaning,
      field,
      cause: failure,
    });
    expect(error.retryable).toBe(meaning === 'UNAVAILABLE');
    expect(passes(failure, settings)).toBe(meaning === 'UNAVAILABLE');
    expect(error.message).toMatch(/^could not write "key" at bucket "bucket" of s3\.example\.org: /);
  });

  test.each([
    ['PermanentRedirect', 301],
    ['AuthorizationHeaderMalformed', 400],
  ])('%s names the region that the server tells', (code, status) => {
    const error = classified(new S3Failure(code, { status, region: 'there-2' }), settings, 'read "key"', 'read');
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'region', expected: 'here-1', found: 'there-2' });
  });

  test.each(['EPROTO', 'HTTPParserError', 'HPE_INVALID_CONSTANT', 'HPE_INVALID_VERSION'])(
    '%s is a wrong endpoint, and may have been carried out: an answer that was garbled looks like that, too',
    (code) => {
      const failure = new S3Failure(code);
      const error = classified(failure, settings, 'write "key"', 'write');
      expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'endpoint', retryable: true, cause: failure });
      expect(passes(failure, settings)).toBe(false);
    },
  );

  test('stays as it is when nothing has a name for it, because it may have been carried out', () => {
    const failure = new S3Failure('SyntaxError');
    expect(classified(failure, settings, 'write "key"', 'write')).toBe(failure);
  });
});
