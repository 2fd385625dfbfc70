import { createHash } from 'node:crypto';

import { escapeId, unescapeId } from './ids.ts';

/** The names of everything a store keeps (format: Keys). Deadlines are part of a marker's key, so a listing finds what is due. */

export const recordsPrefix = 'records/';
export const contentPrefix = 'content/';
export const pendingPrefix = 'pending/';
export const expiryPrefix = 'expiry/';
export const namespacesPrefix = 'ns/';
export const probePrefix = 'probe/';
export const storeKey = 'store.json';
/** What is used, and what is reserved, where a quota or `trackUsage` asks for it. */
export const ledgerKey = 'ledger/usage';

/** What stands at the top of a store, and may therefore not name a prefix of another one. */
export const topLevelNames: ReadonlySet<string> = new Set([
  'records',
  'content',
  'pending',
  'expiry',
  'ledger',
  'ns',
  'probe',
  'quarantine',
  storeKey,
]);

/** What stands before every key of a namespace. The name is not checked. */
export function namespacePrefix(name: string): string {
  return `${namespacesPrefix}${escapeId(name)}/`;
}

/**
 * Where the record of an artifact lies, which is its commit point; in a namespace behind {@link namespacePrefix}. For tools that
 * look at a storage past its store: what lies there is proven by nothing. The id is not checked.
 */
export function recordKey(id: string): string {
  return recordsPrefix + escapeId(id);
}

/** The id that a record key claims, or `undefined` when it claims none. */
export function idOfRecordKey(key: string): string | undefined {
  return unescapeId(key.slice(recordsPrefix.length));
}

/** Where the bytes of one upload lie. The hash binds the name to the id; the revision makes it unique for ever. */
export function contentKey(id: string, revision: string): string {
  return contentKeyOf(hashOfId(id), revision);
}

/** The same where only the hash of the id is known. */
export function contentKeyOf(idHash: string, revision: string): string {
  return `${contentPrefix}${idHash}/${revision}`;
}

export function hashOfId(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

/** Whose content it is and under which revision it was written, or `undefined` when the key is of no content. */
export function parseContentKey(key: string): { readonly idHash: string; readonly revision: string } | undefined {
  const [, idHash, revision] = /^content\/([0-9a-f]{64})\/([0-9a-f]{32})$/.exec(key) ?? [];
  return idHash === undefined || revision === undefined ? undefined : { idHash, revision };
}

/** The revision that a content key of this `id` ends with, or `undefined` when it is none. */
export function revisionOfContentKey(key: string, id: string): string | undefined {
  const revision = key.slice(key.lastIndexOf('/') + 1);
  return isRevision(revision) && key === contentKey(id, revision) ? revision : undefined;
}

/** "From `time` on, judge this content." */
export function pendingKey(time: number, marker: string, revision: string, id: string): string {
  return `${pendingPrefix}${timeDigits(time)}-${marker}/${revision}/${escapeId(id)}`;
}

/** The same for content of which nothing tells the id. "==" begins no escaped id. */
export function orphanKey(time: number, marker: string, revision: string, idHash: string): string {
  return `${pendingPrefix}${timeDigits(time)}-${marker}/${revision}/==${idHash}`;
}

/** "From `time` on, look at this id." */
export function expiryKey(time: number, revision: string, id: string): string {
  return `${expiryPrefix}${timeDigits(time)}-${revision}/${escapeId(id)}`;
}

/** Sorts behind every marker of `prefix` that is due at `time`, and before all others. */
export function dueUntil(prefix: string, time: number): string {
  // The least key that is greater than any that goes on with "-" after this time.
  return `${prefix}${timeDigits(Math.max(0, time))}.`;
}

/** What a pending or expiry marker says, or `undefined` when the key is none that core makes. */
export interface Marker {
  readonly key: string;
  readonly time: number;
  readonly revision: string;
  readonly id: string;
}

export function parsePendingKey(key: string): Marker | undefined {
  return markerOf(key, /^pending\/(\d{13})-[0-9a-f]{32}\/([0-9a-f]{32})\/(.+)$/.exec(key));
}

export function parseExpiryKey(key: string): Marker | undefined {
  return markerOf(key, /^expiry\/(\d{13})-([0-9a-f]{32})\/(.+)$/.exec(key));
}

/** What a marker of {@link orphanKey} says. */
export interface OrphanMarker {
  readonly key: string;
  readonly time: number;
  readonly revision: string;
  readonly idHash: string;
}

export function parseOrphanKey(key: string): OrphanMarker | undefined {
  const [, time, revision, idHash] =
    /^pending\/(\d{13})-[0-9a-f]{32}\/([0-9a-f]{32})\/==([0-9a-f]{64})$/.exec(key) ?? [];
  return revision === undefined || idHash === undefined ? undefined : { key, time: Number(time), revision, idHash };
}

/** What both forms of a pending marker say: the revision that it is about, and from when on. */
export function parseEitherPendingKey(key: string): Pick<Marker, 'time' | 'revision'> | undefined {
  return parsePendingKey(key) ?? parseOrphanKey(key);
}

function markerOf(key: string, parts: RegExpExecArray | null): Marker | undefined {
  const [, time, revision, escaped] = parts ?? [];
  const id = escaped === undefined ? undefined : unescapeId(escaped);
  return revision === undefined || id === undefined ? undefined : { key, time: Number(time), revision, id };
}

/** Where an object that nobody vouches for is put aside, whole. */
export function quarantineKey(marker: string, key: string): string {
  return `quarantine/${marker}/${key}`;
}

/** Whether the key is of the medium, and not of one namespace. */
export function isOfWholeStore(key: string): boolean {
  return key === storeKey || key.startsWith(probePrefix);
}

/** A throw-away object, to compare clocks with the medium. */
export function probeKey(marker: string): string {
  return probePrefix + marker;
}

export function isRevision(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

function timeDigits(time: number): string {
  return String(time).padStart(13, '0');
}
