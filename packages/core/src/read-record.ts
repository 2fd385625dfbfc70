import { hash } from 'node:crypto';

import type { ObjectInfo } from './backend.ts';
import { maxChunkListBytes } from './chunks.ts';
import { maxEnvelopeBytes } from './envelope.ts';
import type { Environment } from './environment.ts';
import { isArtifactError, type ArtifactError, type ErrorCode } from './errors.ts';
import { recordKey } from './layout.ts';
import { isTombstone, notIntact, openRecord, splitLine, tailBytes } from './record.ts';
import type { ArtifactRecord, Tombstone, VerifiedRecord } from './record.ts';
import type { KeyProvider } from './signing.ts';
import type { ReadObject, Storage, UnchangedObject } from './storage.ts';

/** The longest tail, be it a chunk list or inline content. */
export const maxTailBytes = maxChunkListBytes;
const maxLineBytes = maxEnvelopeBytes + 1;
const unverifiable: ReadonlySet<ErrorCode> = new Set([
  'SIGNATURE_INVALID',
  'UNKNOWN_KEY',
  'KEY_REVOKED',
  'INTEGRITY',
  'UNSUPPORTED',
]);
// Most records fit: metadata is rarely this long, and a longer one costs a second read.
const usualLineBytes = 8 * 1024;

/** A verified record or tombstone as it lies in storage now. */
export interface StoredRecord<
  T extends ArtifactRecord | Tombstone = ArtifactRecord | Tombstone,
> extends VerifiedRecord<T> {
  readonly info: ObjectInfo;
}

/** With what follows the line, the content itself or its chunk list, which {@link requireTail} verifies. */
export interface StoredRecordWithTail<
  T extends ArtifactRecord | Tombstone = ArtifactRecord | Tombstone,
> extends StoredRecord<T> {
  /** The signed line, without its newline. */
  readonly line: Uint8Array;
  readonly tail: Uint8Array;
}

/** Reads and verifies the record of `id` without its tail; `undefined` when nothing is there. */
export async function readRecord(storage: Storage, id: string): Promise<StoredRecord | undefined> {
  const object = await fetchRecord(storage, id);
  return object === undefined ? undefined : verifyRecord(storage.environment, id, object);
}

/**
 * The same for those who only look: a record that verified before, in the very version that the storage names now, is not
 * verified again, and not even asked for when a listing has named the version.
 */
export async function lookUpRecord(
  storage: Storage,
  id: string,
  listed?: ObjectInfo,
): Promise<StoredRecord | undefined> {
  const { cache, keys } = storage.environment;
  const at = storage.keyOf(recordKey(id));
  const known = cache.versionOf(at);
  let unchanged = listed;
  if (listed === undefined || listed.version !== known) {
    const object = await fetchRecord(storage, id, listed === undefined ? known : undefined);
    if (object?.bytes !== undefined) return kept(storage, await verifyRecord(storage.environment, id, object));
    if (object === undefined) return undefined;
    unchanged = object.info;
  }
  const cached = unchanged && cache.find(at, unchanged);
  if (unchanged !== undefined && cached !== undefined && (await isTrusted(keys, cached.keyId))) {
    storage.countCacheHit();
    return { ...cached, info: unchanged };
  }
  // Its key was revoked, or it had to make room while the storage was asked.
  const stored = await readRecord(storage, id);
  return stored && kept(storage, stored);
}

function kept(storage: Storage, stored: StoredRecord): StoredRecord {
  storage.environment.cache.keep(storage.keyOf(recordKey(stored.record.id)), stored.info, stored);
  return stored;
}

async function isTrusted(keys: KeyProvider, keyId: string): Promise<boolean> {
  const key = await keys.find(keyId);
  return key !== undefined && !key.revoked;
}

/** Reads the first line of the record object of `id`, whatever it is. */
export async function fetchRecord(storage: Storage, id: string): Promise<ReadObject | undefined>;
export async function fetchRecord(
  storage: Storage,
  id: string,
  known: string | undefined,
): Promise<ReadObject | UnchangedObject | undefined>;
export async function fetchRecord(
  storage: Storage,
  id: string,
  known?: string,
): Promise<ReadObject | UnchangedObject | undefined> {
  const key = recordKey(id);
  const object = await storage.get(key, usualLineBytes, known);
  if (object?.bytes === undefined) return object;
  const whole = splitLine(object.bytes) !== undefined || object.info.size <= usualLineBytes;
  return whole ? object : storage.get(key, maxLineBytes);
}

/** Verifies the first line of a record object. */
export async function verifyRecord(environment: Environment, id: string, object: ReadObject): Promise<StoredRecord> {
  const { stored } = await verify(environment, id, object);
  return stored;
}

/** Reads the record of `id` with its tail, in one request, and verifies the record. */
export async function readRecordWithTail(storage: Storage, id: string): Promise<StoredRecordWithTail | undefined> {
  const object = await storage.get(recordKey(id), maxLineBytes + maxTailBytes);
  if (object === undefined) return undefined;
  const { stored, line, tailStart } = await verify(storage.environment, id, object);
  return { ...stored, line, tail: object.bytes.subarray(tailStart) };
}

/** Failures that say something of the record rather than of the storage it lies in. */
export function isUnverifiable(error: unknown): error is ArtifactError {
  return isArtifactError(error) && unverifiable.has(error.code);
}

/** Whether a stored record is an artifact, not the trace of a deleted one. */
export function isArtifact<T extends StoredRecord>(
  stored: T | undefined,
): stored is T & { readonly record: ArtifactRecord } {
  return stored !== undefined && !isTombstone(stored.record);
}

async function verify(
  environment: Environment,
  id: string,
  { info, bytes }: ReadObject,
): Promise<{ readonly stored: StoredRecord; readonly line: Uint8Array; readonly tailStart: number }> {
  const split = splitLine(bytes);
  if (split === undefined) throw notIntact(id, 'its record has no end of line');
  const verified = await openRecord(environment.keys, environment.scope, id, split.line);
  const expected = split.tailStart + tailBytes(verified.record);
  if (info.size !== expected) throw notIntact(id, `its record object has ${info.size} bytes, not ${expected}`);
  return { stored: { ...verified, info }, line: split.line, tailStart: split.tailStart };
}

/**
 * The last step before content is given out or signed for anew (format: Verification order, step 11).
 *
 * @throws `INTEGRITY`
 */
export function requireTail({ record, tail }: StoredRecordWithTail<ArtifactRecord>): void {
  const { id } = record;
  if (tail.length !== tailBytes(record)) throw notIntact(id, 'its record object ended early');
  const expected = 'inline' in record.content ? record.checksumSha256 : record.content.chunksSha256;
  if (hash('sha256', tail) !== expected) {
    throw notIntact(
      id,
      'inline' in record.content ? 'its content is not what was stored' : 'its chunk list is not what was signed',
    );
  }
}
