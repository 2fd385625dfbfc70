import { closeSync, existsSync, fsyncSync, openSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { ArtifactError } from '@artifacts/core';

import { Connection } from './connection.ts';
import { createTables, isNew } from './schema.ts';

/** The one connection that a process has to a file. */
export interface OpenDatabase {
  readonly file: string;
  readonly connection: Connection;
  /** The versions that this process is writing now. No other process writes. */
  readonly writing: Set<string>;
  handles: number;
}

// SQLite's lock is the whole process's here: a second connection to the same file would be refused like a stranger's.
const databases = new Map<string, OpenDatabase>();

/** The database at `path`, which is created if it is absent. What is acquired must be released. */
export function acquire(path: string): OpenDatabase {
  const file = realPath(path);
  let database = databases.get(file);
  if (database === undefined) {
    database = { file, connection: connect(file), writing: new Set(), handles: 0 };
    if (databases.size === 0) process.on('exit', closeAll);
    databases.set(file, database);
  }
  database.handles += 1;
  return database;
}

/** The last one to release a database closes it. */
export function release(database: OpenDatabase): void {
  database.handles -= 1;
  if (database.handles > 0) return;
  databases.delete(database.file);
  if (databases.size === 0) process.off('exit', closeAll);
  database.connection.close();
}

/** Whether somebody wrote yet. A directory that is not there is no empty database: it may be on a disk that is not mounted. */
export function exists(path: string): boolean {
  return existsSync(realPath(path));
}

function connect(file: string): Connection {
  const connection = open(file);
  try {
    // First of all: this build has no shared memory, and without it a write-ahead log belongs to one connection.
    connection.exec('PRAGMA locking_mode = EXCLUSIVE');
    const empty = isNew(connection);
    // Never a rollback journal: this build takes its own lock for that of a writer who is alive, and leaves the half of a
    // transaction that a killed process wrote where it is.
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    if (empty) createTables(connection);
    syncDirectory(dirname(file));
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function open(file: string): Connection {
  try {
    return new Connection(file);
  } catch (cause) {
    throw new ArtifactError('BACKEND', 'the database cannot be opened', { cause });
  }
}

/** Two names of one file must come to one lock, which SQLite puts beside the name that it is given. */
function realPath(path: string): string {
  try {
    return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
  } catch (cause) {
    throw new ArtifactError('BACKEND', 'the directory of the database cannot be opened', { cause });
  }
}

/** SQLite syncs what is in its files. That they are there at all is for the directory to remember. */
function syncDirectory(directory: string): void {
  // Windows cannot open a directory, and needs not.
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A store does not close the backend that it was given, and the lock of a process outlives it. */
function closeAll(): void {
  for (const { connection } of databases.values()) connection.close();
}
