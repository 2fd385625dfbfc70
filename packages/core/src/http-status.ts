import { isErrorCode, type ErrorCode } from './error-codes.ts';
import type { ArtifactError } from './errors.ts';

const badRequest = 400;
const rangeNotSatisfiable = 416;
const internalServerError = 500;
const badGateway = 502;

// A record, so that a new code fails to compile here until it is decided.
const statuses: Readonly<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  ALREADY_EXISTS: 412,
  PRECONDITION_FAILED: 412,
  INVALID_ARGUMENT: badRequest,
  TOO_LARGE: 413,
  QUOTA_EXCEEDED: 507,
  EXPIRED: 410,
  RETAINED: 423,
  SIGNATURE_INVALID: badGateway,
  UNKNOWN_KEY: badGateway,
  KEY_REVOKED: badGateway,
  INTEGRITY: badGateway,
  ROLLBACK_DETECTED: badGateway,
  SUPERSEDED: 409,
  ACCESS_DENIED: internalServerError,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
  OUTCOME_UNKNOWN: 503,
  AUDIT_INCOMPLETE: internalServerError,
  UNSUPPORTED: 501,
  CONFIGURATION: internalServerError,
  METADATA_INVALID: 422,
  BACKEND: internalServerError,
};

/**
 * The status with which an HTTP handler answers a failure (RFC 9110, section 15; 423 and 507 are of RFC 4918). Give it the
 * error rather than its code where there is one: a range that starts past the end is then 416, with `sizeBytes` for
 * `Content-Range: bytes *\/<sizeBytes>`, a body that is not the `expectedSha256` of its upload 400,
 * and an artifact whose stored metadata do not follow the schema 502.
 *
 * - What the client can change is 4xx. A condition that does not hold is 412, create-only included: `If-None-Match: *` demands
 *   it. Losing to other writers is no condition of the client's, so that is 409.
 * - A handler is a gateway to the storage. When the storage answers with what no trusted key vouches for, that is an
 *   invalid response from behind, 502; when it answers too late, 504.
 * - That the storage refuses *this program* access, or is set up wrong, is the program's fault, 500. A 403 would say that
 *   the client lacks a right.
 * - With 503 a handler should send `Retry-After`. A client may repeat an `OUTCOME_UNKNOWN`, because that converges.
 *
 * A code that this release does not know is 500.
 */
export function httpStatus(failure: ErrorCode | ArtifactError): number {
  if (typeof failure === 'string') return isErrorCode(failure) ? statuses[failure] : internalServerError;
  const { code, sizeBytes, field, artifactId } = failure;
  if (code === 'INVALID_ARGUMENT' && sizeBytes !== undefined) return rangeNotSatisfiable;
  // With a field it is the caller's own argument that does not fit, not what the storage gave.
  if (code === 'INTEGRITY' && field !== undefined) return badRequest;
  // Of an artifact that is stored: no argument of this request.
  if (code === 'METADATA_INVALID' && artifactId !== undefined) return badGateway;
  return httpStatus(code);
}
