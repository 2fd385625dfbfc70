import { ArtifactError, isArtifactError, type ErrorCode } from '@artifacts/core';

/** What SQLite says, and what it means to a caller. The client tells no result code, and these texts never changed. */
const meanings: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map<string, readonly [ErrorCode, string]>([
  [
    'database is locked',
    [
      'UNAVAILABLE',
      'another process has the database open; if there is none, one died: remove the directory "*.lock" beside the file',
    ],
  ],
  ['database or disk is full', ['QUOTA_EXCEEDED', 'the database is full']],
  ['attempt to write a readonly database', ['ACCESS_DENIED', 'the database may not be written to']],
  ['file is not a database', ['INTEGRITY', 'the file is not a database']],
  ['database disk image is malformed', ['INTEGRITY', 'the database is damaged']],
  ['Database already closed', ['CONFIGURATION', 'the backend was closed']],
]);

/**
 * The failure of a statement as an error a caller can act on. Everything else stays as it is: a commit whose sync failed may be
 * there or not.
 */
export function classified(error: unknown): unknown {
  if (isArtifactError(error) || !(error instanceof Error)) return error;
  const meaning = meanings.get(error.message);
  if (meaning === undefined) return error;
  const [code, message] = meaning;
  return new ArtifactError(code, message, { cause: error });
}

export function refused(field: string, message: string): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', message, { field });
}
