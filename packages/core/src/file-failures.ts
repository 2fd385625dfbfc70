import { ArtifactError, type ErrorCode } from './errors.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
}

type Meanings = Readonly<Record<string, Meaning>>;

const denied: Meaning = { code: 'ACCESS_DENIED', text: 'the operating system refuses access' };
const full: Meaning = { code: 'QUOTA_EXCEEDED', text: 'no space left on the medium' };
const exhausted: Meaning = { code: 'UNAVAILABLE', text: 'this process or system is out of resources' };
const noFile: Meaning = { code: 'INVALID_ARGUMENT', text: 'give a regular file that this process may read' };

/** Whatever was to be done. The local backend gives the same codes. */
const anyCall: Meanings = {
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
};

const reading: Meanings = {
  ...anyCall,
  ENOENT: noFile,
  ENOTDIR: noFile,
  ENAMETOOLONG: noFile,
  ELOOP: noFile,
  ENXIO: noFile,
};

const saving: Meanings = {
  ...anyCall,
  EEXIST: { code: 'ALREADY_EXISTS', text: 'something is there already' },
  ENOENT: { code: 'INVALID_ARGUMENT', text: 'its directory does not exist, create it first' },
  ENOTDIR: { code: 'INVALID_ARGUMENT', text: 'something on its path is not a directory' },
  EISDIR: { code: 'INVALID_ARGUMENT', text: 'a directory is there' },
  ENAMETOOLONG: { code: 'INVALID_ARGUMENT', text: 'its path is too long here' },
  ELOOP: { code: 'INVALID_ARGUMENT', text: 'the links on its path lead in a circle' },
};

/** The system's name of what went wrong in a call of the file system, such as `ENOENT`. */
export function systemCode(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}

/** A failed call of the file system, made in order to read the file at `path`, as the error a caller can act on. */
export function readFailure(path: string, cause: unknown): ArtifactError {
  const name = systemCode(cause);
  const meaning = meaningOf(reading, name);
  return failure(meaning, `file ${JSON.stringify(path)} cannot be read (${name}): ${meaning.text}`, cause);
}

/** The same for one that was made in order to save to `path`. */
export function saveFailure(path: string, cause: unknown): ArtifactError {
  const name = systemCode(cause);
  const meaning = meaningOf(saving, name);
  return failure(meaning, `could not save to ${JSON.stringify(path)}: ${meaning.text} (${name})`, cause);
}

/** The directory of a saved file could not be synced. No other code would do: they say that nothing was changed. */
export function unsyncedName(path: string, cause: unknown): ArtifactError {
  const problem = `it is there, but may not survive the loss of power (${systemCode(cause)})`;
  return new ArtifactError('BACKEND', `could not save to ${JSON.stringify(path)}: ${problem}`, { cause });
}

function meaningOf(meanings: Meanings, name: string): Meaning {
  return meanings[name] ?? { code: 'BACKEND', text: 'the file system failed' };
}

function failure({ code }: Meaning, message: string, cause: unknown): ArtifactError {
  return new ArtifactError(code, message, { cause, ...(code === 'INVALID_ARGUMENT' && { field: 'path' }) });
}
