import type { ErrorCode, OperationName } from '@artifacts/core';

/** Where series belong: the store's label and the name of its backend. */
export type StoreLabels = { readonly store: string; readonly backend: string };

/** What stands for everything that this release has no name for. */
const otherOperation = 'other';
export const otherCode = 'OTHER';

// Records, so that what core adds fails to compile here until it is listed.
const operations: Readonly<Record<OperationName, true>> = {
  upload: true,
  download: true,
  getMetadata: true,
  list: true,
  page: true,
  update: true,
  delete: true,
  usage: true,
  recount: true,
  resign: true,
  keyUsage: true,
  migrate: true,
  verify: true,
  repair: true,
  sweep: true,
  ready: true,
  healthCheck: true,
};

const codes: Readonly<Record<ErrorCode, true>> = {
  NOT_FOUND: true,
  ALREADY_EXISTS: true,
  PRECONDITION_FAILED: true,
  INVALID_ARGUMENT: true,
  TOO_LARGE: true,
  QUOTA_EXCEEDED: true,
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

/** Every value of the label `operation`. */
export const operationLabels: readonly string[] = [...Object.keys(operations), otherOperation];

/** A newer core may have operations of its own. */
export function operationLabel(operation: string): string {
  return Object.hasOwn(operations, operation) ? operation : otherOperation;
}

/** A newer core may have codes of its own, and a backend may throw whatever it calls one. */
export function codeLabel(code: string): string {
  return Object.hasOwn(codes, code) ? code : otherCode;
}

const storageFailures: readonly ErrorCode[] = ['UNAVAILABLE', 'TIMEOUT', 'BACKEND'];

/**
 * What is likely to happen exists from the first scrape on, with 0: the rate of a counter that appears with its first error misses
 * that error.
 */
export const likelyErrors: Readonly<Partial<Record<string, readonly ErrorCode[]>>> = {
  upload: [
    ...storageFailures,
    'ALREADY_EXISTS',
    'PRECONDITION_FAILED',
    'TOO_LARGE',
    'QUOTA_EXCEEDED',
    'RETAINED',
    'INVALID_ARGUMENT',
  ],
  download: [
    ...storageFailures,
    'NOT_FOUND',
    'EXPIRED',
    'INTEGRITY',
    'SIGNATURE_INVALID',
    'SUPERSEDED',
    'INVALID_ARGUMENT',
  ],
  getMetadata: [...storageFailures, 'INTEGRITY', 'SIGNATURE_INVALID'],
  list: storageFailures,
  page: storageFailures,
  usage: storageFailures,
  update: [...storageFailures, 'NOT_FOUND', 'RETAINED', 'PRECONDITION_FAILED'],
  delete: [...storageFailures, 'RETAINED', 'PRECONDITION_FAILED', 'SIGNATURE_INVALID'],
};
