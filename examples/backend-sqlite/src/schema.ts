import { ArtifactError } from '@artifacts/core';

import type { Connection } from './connection.ts';

/** In the header of the file, so that nobody writes artifacts into the database of another program. */
const applicationId = 0x41525446;
const format = 1;

/**
 * A version names bytes and is never used twice, so it is also what blocks are found by. `unfinished` has the versions that no object
 * names: what is being written, and what was replaced and is too large to be removed at once.
 */
const tables = `
  CREATE TABLE objects (
    key TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE blocks (
    version TEXT NOT NULL,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (version, number)
  ) STRICT;
  CREATE TABLE unfinished (
    version TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${format};
`;

/** Whether the database is new. @throws `CONFIGURATION` when it is not ours, before anything in it changes. */
export function isNew(connection: Connection): boolean {
  const { application_id: id } = connection.get('PRAGMA application_id') ?? {};
  const { user_version: found } = connection.get('PRAGMA user_version') ?? {};
  if (id === applicationId && found === format) return false;
  if (id === applicationId) throw unusable(`has format ${String(found)}, and this version knows ${format}`);
  if (connection.get('SELECT 1 FROM sqlite_schema') !== undefined) throw unusable('belongs to another program');
  return true;
}

export function createTables(connection: Connection): void {
  connection.transaction(() => connection.exec(tables));
}

function unusable(message: string): ArtifactError {
  return new ArtifactError('CONFIGURATION', `the database ${message}: give the path of another one`, { field: 'path' });
}
