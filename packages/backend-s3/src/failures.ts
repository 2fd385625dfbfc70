import { ArtifactError, type ErrorCode } from '@artifacts/core';

import { S3Failure } from './s3-failure.ts';
import type { Settings } from './settings.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
  readonly field?: string;
  readonly found?: string | undefined;
  /** Where the code alone does not say it. */
  readonly retryable?: boolean;
}

const denied = (text: string): Meaning => ({ code: 'ACCESS_DENIED', text });
const passing = (text: string): Meaning => ({ code: 'UNAVAILABLE', text });
const setUp = (field: string, text: string): Meaning => ({ code: 'CONFIGURATION', text, field });

const expired = denied('the credentials have expired: renew them');
const damaged = passing('the bytes were damaged on their way');
const noCredentials = setUp(
  'credentials',
  'no credentials were found: give credentials, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
);
const unsupported: Meaning = { code: 'UNSUPPORTED', text: 'the server cannot do what the request asks for' };
const full: Meaning = {
  code: 'QUOTA_EXCEEDED',
  text: 'the quota of the bucket or its owner is used up, or the storage is full',
};
const untrusted = setUp(
  'endpoint',
  'its certificate is not trusted: check the host name, or add its authority by NODE_EXTRA_CA_CERTS',
);
/** Also what an answer is taken for that was garbled on its way, and then the request may have been carried out. */
const wrongProtocol: Meaning = {
  ...setUp('endpoint', 'it does not speak the protocol of the endpoint: check http: or https:, and the port'),
  retryable: true,
};

const byCode: Readonly<Record<string, Meaning>> = {
  InvalidAccessKeyId: denied(
    'it does not know the access key: check AWS_ACCESS_KEY_ID, and that the endpoint is the right one',
  ),
  SignatureDoesNotMatch: denied('the signature is wrong: check AWS_SECRET_ACCESS_KEY'),
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  InvalidToken: expired,
  RequestTimeTooSkewed: setUp('clock', 'the clock of this machine is off by more than a quarter of an hour: set it'),
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  NoSuchBucket: setUp('bucket', 'there is no such bucket: create it, or check its name, region and endpoint'),
  InvalidBucketName: setUp('bucket', 'it takes no bucket of that name'),
  AuthorizationHeaderMalformed: setUp('region', 'the request is signed for another region than that of the bucket'),
  IllegalLocationConstraintException: setUp('region', 'the bucket is in another region'),
  NotImplemented: unsupported,
  QuotaExceeded: full,
  InsufficientCapacity: full,
  InsufficientStorage: full,
  EntityTooLarge: { code: 'TOO_LARGE', text: 'the object exceeds limit of the server' },
  KeyTooLongError: {
    code: 'INVALID_ARGUMENT',
    text: 'the key is too long for the server: use a shorter prefix',
    field: 'key',
  },
  BadDigest: damaged,
  XAmzContentSHA256Mismatch: damaged,
  IncompleteBody: passing('the body ended early'),
  RequestTimeout: passing('the connection stalled'),
  TimeoutError: passing('the connection stalled, or could not be made in time'),
  UND_ERR_CONNECT_TIMEOUT: passing('the connection could not be made in time'),
  UND_ERR_SOCKET: passing('the connection failed'),
  ENOTFOUND: passing('its host has no address: check the endpoint, or the name server'),
  ECONNREFUSED: passing('nothing listens there: check host and port, or start the server'),
  EPROTO: wrongProtocol,
  HTTPParserError: wrongProtocol,
};

const byStatus: Readonly<Record<number, Meaning>> = {
  401: denied('it refuses the credentials'),
  403: denied('it refuses access: check credentials and the policy of the bucket'),
  408: passing('the connection stalled'),
  409: passing('something else changes the object just now'),
  412: { code: 'PRECONDITION_FAILED', text: 'the object is not the one the condition asks for' },
  413: { code: 'TOO_LARGE', text: 'the object exceeds limit of the server' },
  429: passing('it is asked too often'),
  501: unsupported,
  507: full,
};

/**
 * A failed request as the error a caller can act on. It is not retryable only where the server said that it did nothing. What
 * nothing here has a name for stays as it is, since it may have been carried out.
 */
export function classified(failure: S3Failure, settings: Settings, what: string, operation: string): Error {
  const meaning = meaningOf(failure, settings);
  if (meaning === undefined) return failure;
  const message = `could not ${what} at ${where(settings)}: ${meaning.text} (${failure.message})`;
  return new ArtifactError(meaning.code, message, {
    cause: failure,
    operation,
    field: meaning.field,
    retryable: meaning.retryable,
    expected: meaning.found === undefined ? undefined : settings.region,
    found: meaning.found,
  });
}

/** Whether the same request may go well when it is made again. */
export function passes(error: unknown, settings: Settings): boolean {
  return error instanceof S3Failure && meaningOf(error, settings)?.code === 'UNAVAILABLE';
}

function meaningOf(failure: S3Failure, settings: Settings): Meaning | undefined {
  const { code, status, region } = failure;
  const movedTo = region !== undefined && region !== settings.region ? region : undefined;
  if (status !== undefined && status >= 300 && status < 400) {
    return movedTo === undefined
      ? setUp('endpoint', 'it redirects to another host, which is not followed: give the endpoint of the bucket')
      : { ...setUp('region', `the bucket is in the region ${movedTo}: give that one`), found: movedTo };
  }
  const named = Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  if (named !== undefined)
    return named.field === 'region' && movedTo !== undefined ? { ...named, found: movedTo } : named;
  if (status !== undefined && status >= 400)
    return byStatus[status] ?? (status >= 500 ? passing('it failed') : rejected);
  if (/^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_)/.test(code)) return untrusted;
  if (code.startsWith('HPE_')) return wrongProtocol;
  if (/^E[A-Z_]+$/.test(code)) return passing('the connection failed');
  return undefined;
}

const rejected: Meaning = { code: 'BACKEND', text: 'it rejected the request' };

function where({ bucket, endpoint }: Settings): string {
  return endpoint === undefined ? `bucket "${bucket}"` : `bucket "${bucket}" of ${endpoint.host}`;
}
