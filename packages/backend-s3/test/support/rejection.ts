import assert from 'node:assert/strict';

import { type ArtifactError, type ErrorCode, isArtifactError } from '@artifacts/core';

/** The error that a call rejects with, which must have that code. */
export async function rejection(code: ErrorCode, call: Promise<unknown>): Promise<ArtifactError> {
  const [outcome] = await Promise.allSettled([call]);
  assert.equal(outcome.status, 'rejected', `resolved instead of rejecting with ${code}`);
  const error: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
  assert.ok(isArtifactError(error, code), `rejected not with ${code} but with ${String(error)}`);
  return error;
}
