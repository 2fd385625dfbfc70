import { ArtifactError, isArtifactError, type ErrorCode, type ErrorDetails } from '@artifacts/core';

import { systemCode } from './filesystem.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
}

const denied: Meaning = { code: 'ACCESS_DENIED', text: 'the operating system refuses access' };
// Not UNAVAILABLE: that would say the write may have happened. It has not, and trying again at once cannot help.
const full: Meaning = { code: 'QUOTA_EXCEEDED', text: 'no space left on the medium' };
const exhausted: Meaning = { code: 'UNAVAILABLE', text: 'this process or system is out of resources' };
const irregular: Meaning = { code: 'INTEGRITY', text: 'something that is not a regular file is in its place' };

const meanings: Readonly<Record<string, Meaning>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: { code: 'ACCESS_DENIED', text: 'the file system is read-only' },
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: { code: 'TOO_LARGE', text: 'the file system takes no file that exceeds limit of its own' },
  EMFILE: exhausted,
  ENFILE: exhausted,
  ENOMEM: exhausted,
  EAGAIN: exhausted,
  ELOOP: irregular,
  EISDIR: irregular,
  ENXIO: irregular,
  ENOTDIR: { code: 'INTEGRITY', text: 'something that is not a directory is on its path' },
  ENAMETOOLONG: {
    code: 'INVALID_ARGUMENT',
    text: 'the key makes a path that is too long here; use a shorter root or fewer segments',
  },
};

/**
 * A failed system call as the error a caller can act on; every other error as it is. All of them are definite: whoever
 * calls this has made sure that nothing of a failed write is visible.
 */
export function classified(error: unknown, what: string, operation: string): unknown {
  const code = systemCode(error);
  if (isArtifactError(error) || code === undefined) return error;
  const meaning = meanings[code] ?? { code: 'BACKEND', text: 'the file system failed' };
  return new ArtifactError(meaning.code, `could not ${what}: ${meaning.text} (${code})`, { cause: error, operation });
}

/** The refusal of one argument or option, before anything was touched. */
export function invalidArgument(field: string, message: string, details: ErrorDetails = {}): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', message, { ...details, field });
}

/** Something that is not ours to follow is where an object or a directory of ours should be. */
export function tampered(path: string, found: string): ArtifactError {
  return new ArtifactError('INTEGRITY', `${found} is at ${JSON.stringify(path)}; it is not followed`, { found });
}

/** A write that failed after its object became visible and could not be taken back: the one failure that is not definite. */
export function maybeApplied(key: string, cause: unknown): ArtifactError {
  return new ArtifactError('OUTCOME_UNKNOWN', `the change of "${key}" may have been made, but not durably`, { cause });
}
