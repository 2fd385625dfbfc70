import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { verifyIntegrity } from './artifact.ts';
import { ArtifactError, isArtifactError, type ErrorCode } from './errors.ts';
import { provocations } from './provocations.test-helper.ts';
import { refusalOf, sha256 } from './store.test-helper.ts';

// A record, so that a new code fails to compile here until it is decided where it can be met.
const reachable: Readonly<Record<ErrorCode, boolean>> = {
  NOT_FOUND: true,
  ALREADY_EXISTS: true,
  PRECONDITION_FAILED: true,
  INVALID_ARGUMENT: true,
  TOO_LARGE: true,
  QUOTA_EXCEEDED: false,
  EXPIRED: true,
  RETAINED: true,
  SIGNATURE_INVALID: true,
  UNKNOWN_KEY: true,
  KEY_REVOKED: true,
  INTEGRITY: true,
  ROLLBACK_DETECTED: true,
  SUPERSEDED: true,
  ACCESS_DENIED: true,
  UNAVAILABLE: true,
  TIMEOUT: true,
  OUTCOME_UNKNOWN: true,
  AUDIT_INCOMPLETE: true,
  UNSUPPORTED: true,
  CONFIGURATION: true,
  METADATA_INVALID: true,
  BACKEND: true,
};

test('I-26 every code that can be met is provoked once', () => {
  const codes = Object.entries(reachable).filter(([, can]) => can);

  expect(provocations.map(({ code }) => code).toSorted()).toEqual(codes.map(([code]) => code).toSorted());
});

test.each(provocations)(
  'I-26 $code is typed, says whether to try again, and for which artifact',
  async ({ code, retryable, provoke }) => {
    const error = await provoke({ content: 'x'.repeat(70_000), metadata: { n: 1 } });

    expect(error).toBeInstanceOf(ArtifactError);
    expect(error).toMatchObject({ name: 'ArtifactError', code, retryable });
    const argument = ['CONFIGURATION', 'INVALID_ARGUMENT'].includes(code);
    expect(error.artifactId).toBe(argument ? undefined : 'a');
    expect(error.message).not.toMatch(/[.]$|^[A-Z]/);
  },
);

test.each([
  ['TOO_LARGE', 'exceeds limit'],
  ['NOT_FOUND', 'not found'],
  ['INTEGRITY', 'integrity check'],
  ['SIGNATURE_INVALID', 'signature'],
  ['UNKNOWN_KEY', 'signature'],
  ['KEY_REVOKED', 'signature'],
])('the message of %s says "%s"', async (code, phrase) => {
  const provocation = provocations.find((one) => one.code === code);

  const error = await provocation?.provoke({ content: 'x'.repeat(70_000), metadata: {} });

  expect(error?.message).toContain(phrase);
});

test('an error is recognised by its brand, also one of another copy of this package', () => {
  const foreign = Object.assign(new Error('x'), {
    code: 'NOT_FOUND',
    [Symbol.for('@artifacts/core/ArtifactError')]: true,
  });

  expect(isArtifactError(foreign)).toBe(true);
  expect(isArtifactError(foreign, 'NOT_FOUND')).toBe(true);
  expect(isArtifactError(foreign, 'EXPIRED')).toBe(false);
  for (const not of [undefined, null, 'NOT_FOUND', new Error('x'), { code: 'NOT_FOUND' }])
    expect(isArtifactError(not)).toBe(false);
});

test('JSON of an error has its facts, without stack and cause', () => {
  const error = new ArtifactError('EXPIRED', 'it expired', {
    artifactId: 'a',
    found: 5,
    field: undefined,
    cause: new Error('why'),
  });

  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: 'ArtifactError',
    code: 'EXPIRED',
    retryable: false,
    artifactId: 'a',
    found: 5,
    help: '@artifacts/core/errors.md#expired',
    message: 'it expired',
  });
  expect('field' in error).toBe(false);
  expect((error.cause as Error).message).toBe('why');
  expect('cause' in new ArtifactError('EXPIRED', 'x')).toBe(false);
});

test('whether to try again can be said otherwise than the code does', () => {
  expect(new ArtifactError('BACKEND', 'x', { retryable: true }).retryable).toBe(true);
  expect(new ArtifactError('TIMEOUT', 'x', { retryable: false }).retryable).toBe(false);
});

test('I-1 verifyIntegrity proves bytes that came another way', () => {
  const metadata = { id: 'a', sizeBytes: 5, checksumSha256: sha256('hello') };

  verifyIntegrity(metadata, Buffer.from('hello'));

  expect(refusalOf(() => verifyIntegrity(metadata, Buffer.from('Hello')))).toMatchObject({
    code: 'INTEGRITY',
    artifactId: 'a',
    expected: sha256('hello'),
    found: sha256('Hello'),
  });
  expect(refusalOf(() => verifyIntegrity({ ...metadata, sizeBytes: 6 }, Buffer.from('hello')))).toMatchObject({
    code: 'INTEGRITY',
  });
});

test('an error names its section of the page that comes with the package, also where it is printed', () => {
  const error = new ArtifactError('ROLLBACK_DETECTED', 'x');

  expect(error.help).toBe('@artifacts/core/errors.md#rollback_detected');
  expect(inspect(error)).toContain("help: '@artifacts/core/errors.md#rollback_detected'");
  expect(inspect(error)).not.toContain('cause');
});

test('a code that this release does not know is not retryable', () => {
  for (const code of ['BRAND_NEW', 'constructor'])
    expect(new ArtifactError(code as ErrorCode, 'x').retryable).toBe(false);
});
