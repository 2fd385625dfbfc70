import { ArtifactError, isArtifactError } from '@artifacts/core';

import type { Failure } from './messages.ts';

export function failureOf(error: unknown): Failure {
  if (!isArtifactError(error)) return { message: String(error), retryable: false };
  return { code: error.code, message: error.message, retryable: error.retryable };
}

export function errorOf({ code, message, retryable }: Failure): Error {
  return code === undefined ? new Error(message) : new ArtifactError(code, message, { retryable });
}
