import { ArtifactError, type ObjectInfo, type WriteCondition } from '@artifacts/core';

import type { Connection, Row } from './connection.ts';

const columns = 'key, version, size, modified_at';
const pageSize = 500;

export function findObject(connection: Connection, key: string): ObjectInfo | undefined {
  const row = connection.get(`SELECT ${columns} FROM objects WHERE key = ?`, [key]);
  return row === undefined ? undefined : infoOf(row);
}

export function putObject(connection: Connection, { key, version, size, modifiedAt }: ObjectInfo): void {
  connection.run(`INSERT OR REPLACE INTO objects (${columns}) VALUES (?, ?, ?, ?)`, [
    key,
    version,
    size,
    modifiedAt.getTime(),
  ]);
}

export function removeObject(connection: Connection, key: string): void {
  connection.run('DELETE FROM objects WHERE key = ?', [key]);
}

/** The next objects in the order of keys; none when there are no more. */
export function pageOfObjects(connection: Connection, prefix: string, after: string): readonly ObjectInfo[] {
  // The client would cut a prefix at a zero byte, and list what starts with the rest.
  if (!/^[a-z0-9._/=-]*$/.test(prefix)) return [];
  // Texts are compared by their bytes, and every byte of a key is below that of the tilde.
  const rows = connection.all(
    `SELECT ${columns} FROM objects WHERE key >= ? AND key > ? AND key < ? ORDER BY key LIMIT ${pageSize}`,
    [prefix, after, `${prefix}~`],
  );
  return rows.map(infoOf);
}

/** @throws `PRECONDITION_FAILED` */
export function requireCondition(condition: WriteCondition | undefined, found: ObjectInfo | undefined): void {
  if (condition === undefined) return;
  const holds = 'absent' in condition ? found === undefined : found?.version === condition.version;
  if (!holds) throw new ArtifactError('PRECONDITION_FAILED', 'the object is not the one that the call expects');
}

function infoOf({ key, version, size, modified_at: modifiedAt }: Row): ObjectInfo {
  return { key: String(key), version: String(version), size: Number(size), modifiedAt: new Date(Number(modifiedAt)) };
}
