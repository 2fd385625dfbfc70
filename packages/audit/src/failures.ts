import { ArtifactError, isArtifactError, type ErrorCode } from '@artifacts/core';

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'QUOTA_EXCEEDED',
  EDQUOT: 'QUOTA_EXCEEDED',
  EACCES: 'ACCESS_DENIED',
  EPERM: 'ACCESS_DENIED',
  EROFS: 'ACCESS_DENIED',
  EMFILE: 'UNAVAILABLE',
  ENFILE: 'UNAVAILABLE',
  ENOMEM: 'UNAVAILABLE',
};

/** What a caller hears when a log cannot be written, or read. */
export function failureOf(cause: unknown, does: 'written' | 'read'): ArtifactError {
  if (isArtifactError(cause)) return cause;
  const { code } = Object(cause) as { readonly code?: unknown };
  const known = typeof code === 'string' ? codes[code] : undefined;
  return new ArtifactError(known ?? 'BACKEND', `the audit log could not be ${does}`, { field: 'file', cause });
}

export function notIntact(message: string): ArtifactError {
  return new ArtifactError('INTEGRITY', `the audit log fails its integrity check: ${message}`, { field: 'file' });
}
