import { ArtifactError, type ErrorCode } from './errors.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
}

const denied: Meaning = { code: 'ACCESS_DENIED', text: 'the operating system refuses access' };

const meanings: Readonly<Record<string, Meaning>> = {
  EEXIST: { code: 'ALREADY_EXISTS', text: 'something is there already' },
  ENOENT: { code: 'INVALID_ARGUMENT', text: 'its directory does not exist, create it first' },
  ENOTDIR: { code: 'INVALID_ARGUMENT', text: 'something on its path is not a directory' },
  EISDIR: { code: 'INVALID_ARGUMENT', text: 'a directory is there' },
  ENAMETOOLONG: { code: 'INVALID_ARGUMENT', text: 'its path is too long here' },
  EACCES: denied,
  EPERM: denied,
  EROFS: { code: 'ACCESS_DENIED', text: 'the file system is read-only' },
};

/** The system's name of what went wrong in a call of the file system, such as `ENOENT`. */
export function systemCode(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}

/** A failed call of the file system, made in order to save to `path`, as the error a caller can act on. */
export function saveFailure(path: string, cause: unknown, text?: string): ArtifactError {
  const name = systemCode(cause);
  const meaning = meanings[name] ?? { code: 'BACKEND', text: 'the file system failed' };
  return new ArtifactError(
    meaning.code,
    `could not save to ${JSON.stringify(path)}: ${text ?? meaning.text} (${name})`,
    { cause, ...(meaning.code === 'INVALID_ARGUMENT' && { field: 'path' }) },
  );
}
