import { createHash } from 'node:crypto';

import { escapeId, unescapeId } from './ids.ts';

/** The names of everything a store keeps (format: Keys). Deadlines are part of a marker's key, so a listing finds what is due. */

export const recordsPrefix = 'records/';
export const namespacesPrefix = 'ns/';
export const storeKey = 'store.json';

/** What stands at the top of a store, and may therefore not name a prefix of another one. */
export const topLevelNames: ReadonlySet<string> = new Set([
  'records',
  'content',
  'pending',
  'expiry',
  'ledger',
  'ns',
  'probe',
  storeKey,
]);

/** What stands before every key of a namespace. */
export function namespacePrefix(name: string): string {
  return `${namespacesPrefix}${escapeId(name)}/`;
}

/** The record: the commit point of an artifact. */
export function recordKey(id: string): string {
  return recordsPrefix + escapeId(id);
}

/** The id that a record key claims, or `undefined` when it claims none. */
export function idOfRecordKey(key: string): string | undefined {
  return unescapeId(key.slice(recordsPrefix.length));
}

/** Where the bytes of one upload lie. The hash binds the name to the id; the revision makes it unique for ever. */
export function contentKey(id: string, revision: string): string {
  return `content/${createHash('sha256').update(id).digest('hex')}/${revision}`;
}

/** The revision that a content key of this `id` ends with, or `undefined` when it is none. */
export function revisionOfContentKey(key: string, id: string): string | undefined {
  const revision = key.slice(key.lastIndexOf('/') + 1);
  return isRevision(revision) && key === contentKey(id, revision) ? revision : undefined;
}

/** "From `time` on, judge this content." */
export function pendingKey(time: number, marker: string, revision: string, id: string): string {
  return `pending/${timeDigits(time)}-${marker}/${revision}/${escapeId(id)}`;
}

/** "From `time` on, look at this id." */
export function expiryKey(time: number, revision: string, id: string): string {
  return `expiry/${timeDigits(time)}-${revision}/${escapeId(id)}`;
}

/** A throw-away object, to compare clocks with the medium. */
export function probeKey(marker: string): string {
  return `probe/${marker}`;
}

export function isRevision(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

function timeDigits(time: number): string {
  return String(time).padStart(13, '0');
}
