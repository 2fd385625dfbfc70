import { isRetryable, type ErrorCode } from './error-codes.ts';

export type { ErrorCode } from './error-codes.ts';

/** Facts about a failure, as properties a program can act on. None of them ever holds a key, a credential or content. */
export interface ErrorDetails {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** The artifact the operation was about. */
  readonly artifactId?: string | undefined;
  /** The operation of the store or the backend that failed. */
  readonly operation?: string | undefined;
  /** The option or argument that was refused, for example `expiresAt` or `metadata.tags[2]`. */
  readonly field?: string | undefined;
  /** What was asked for, and what was there instead. */
  readonly expected?: string | number | undefined;
  readonly found?: string | number | undefined;
  /** On `OUTCOME_UNKNOWN` the revision this operation tried to commit, on `ALREADY_EXISTS` the one that is there. */
  readonly revision?: string | undefined;
  /** On `SIGNATURE_INVALID` and `KEY_REVOKED` the key of the keyring that the record names, if it names one. */
  readonly keyId?: string | undefined;
  /** On a range that starts past the end: the artifact's whole size, for the `Content-Range` of an HTTP 416. */
  readonly sizeBytes?: number | undefined;
  /** On an `INTEGRITY` error that ends a listing: what did not verify, at most the first hundred. */
  readonly invalid?: readonly InvalidEntry[] | undefined;
  /** On `QUOTA_EXCEEDED` of the store's own quota: bytes, or artifacts, as `field` says. */
  readonly quota?: QuotaFacts | undefined;
  /** Whether the same call may succeed when made again; by default the code decides. */
  readonly retryable?: boolean | undefined;
}

/** What a quota is, what of it is used and reserved by others, and what was asked for. */
export interface QuotaFacts {
  readonly limit: number;
  readonly used: number;
  readonly reserved: number;
  readonly asked: number;
}

/** A listed object whose record did not verify. `id` is what its key claims, and nothing more than a claim. */
export interface InvalidEntry {
  /** The namespace, where it is within one and what was asked was the whole store. */
  readonly namespace?: string | undefined;
  readonly id: string;
  readonly error: ArtifactError;
}

// Registered, so that an error is recognised by every copy of this package in the process.
const brand = Symbol.for('@artifacts/core/ArtifactError');

/**
 * The one error class of stores and backends.
 *
 * A failure that a caller can act on has a `code`; `retryable` says whether the same call may succeed when made again.
 * A `TypeError` from this package is a mistake in the calling program and has no code. An abort is not an
 * `ArtifactError`: it rejects with the reason of the caller's signal.
 */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  declare readonly artifactId?: string;
  declare readonly operation?: string;
  declare readonly field?: string;
  declare readonly expected?: string | number;
  declare readonly found?: string | number;
  declare readonly revision?: string;
  declare readonly keyId?: string;
  declare readonly sizeBytes?: number;
  declare readonly invalid?: readonly InvalidEntry[];
  declare readonly quota?: QuotaFacts;
  /** The section about this code in the errors.md that comes with this package. */
  readonly help: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause, retryable, ...facts } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable ?? isRetryable(code);
    for (const [fact, value] of Object.entries(facts)) {
      if (value !== undefined) Object.defineProperty(this, fact, { value, enumerable: true });
    }
    this.help = `@artifacts/core/errors.md#${code.toLowerCase()}`;
    Object.defineProperty(this, brand, { value: true });
  }

  /** The facts without stack and cause, for logs and HTTP answers. */
  toJSON(): Record<string, unknown> {
    return { ...Object.fromEntries(Object.entries(this)), message: this.message };
  }
}

/**
 * Tells whether `error` is an {@link ArtifactError}, of `code` when one is given. Unlike `instanceof` it also
 * recognises errors of another copy of this package.
 */
export function isArtifactError(error: unknown, code?: ErrorCode): error is ArtifactError {
  return (
    typeof error === 'object' &&
    error !== null &&
    brand in error &&
    (code === undefined || ('code' in error && error.code === code))
  );
}

/** The refusal of one argument or option, thrown before any storage is touched. */
export function invalidArgument(field: string, message: string, details: ErrorDetails = {}): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', message, { ...details, field });
}

/** The refusal of a set-up: an option, a key, an environment variable or an address. */
export function configuration(field: string, message: string, cause?: unknown): ArtifactError {
  return new ArtifactError('CONFIGURATION', message, { field, cause });
}
