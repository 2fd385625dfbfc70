import type { ArtifactMetadata } from './artifact.ts';
import { chunkCount, digestBytes, isChunkSize, maxChunks, maxContentSize } from './chunks.ts';
import { maxEnvelopeBytes, parseExact } from './envelope.ts';
import { ArtifactError, invalidArgument, isArtifactError } from './errors.ts';
import { problemOfContentType, problemOfInteger, problemOfName, problemOfSha256, problemOfTime } from './fields.ts';
import { problemOfMetadata, type JsonObject } from './json.ts';
import { isRevision, revisionOfContentKey } from './layout.ts';
import { signPayload, verifyLine, type KeyProvider, type VerificationKeys, type Verified } from './signing.ts';

export const recordType = 'application/vnd.artifacts.record.v1+json';
export const tombstoneType = 'application/vnd.artifacts.tombstone.v1+json';
const maxPayloadBytes = 20 * 1024;
const newline = 0x0a;

/** What a record is bound to: one of another store or namespace never counts here. */
export interface Scope {
  readonly audience: string;
  readonly namespace?: string | undefined;
}

/** Where the content is: behind the record in its own object, or in an object of its own. */
export type ContentReference =
  | { readonly inline: true }
  | { readonly key: string; readonly chunkSize: number; readonly chunksSha256: string };

/** The signed statement about one version (format: Record object). Times are milliseconds since the epoch. */
export interface ArtifactRecord {
  readonly id: string;
  readonly generation: number;
  readonly revision: string;
  /** The revision it was written over, of a record or tombstone; none when nothing was there. */
  readonly replaces?: string | undefined;
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly checksumSha256: string;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
  readonly retainUntil?: number | undefined;
  readonly hold?: true | undefined;
  readonly metadata: JsonObject;
  readonly content: ContentReference;
}

/** The signed statement that an id was deleted. Counts as absent everywhere. */
export interface Tombstone {
  readonly id: string;
  readonly generation: number;
  readonly revision: string;
  readonly replaces: string;
  readonly createdAt: number;
  readonly deleted: true;
}

/** A record or tombstone whose signature, binding and fields were checked. */
export interface VerifiedRecord<T extends ArtifactRecord | Tombstone = ArtifactRecord | Tombstone> {
  readonly record: T;
  readonly keyId: string;
  readonly signature: string;
}

/** A record object ready to be written, and who vouches for it. */
export interface SealedRecord<T extends ArtifactRecord | Tombstone> extends VerifiedRecord<T> {
  /** The signed line, its newline and the tail. */
  readonly bytes: Uint8Array;
}

/** Signs a record or tombstone and puts its tail behind it. */
export async function sealRecord<T extends ArtifactRecord | Tombstone>(
  keys: KeyProvider,
  { audience, namespace }: Scope,
  record: T,
  tail: Uint8Array,
): Promise<SealedRecord<T>> {
  const payload = Buffer.from(JSON.stringify({ v: 1, audience, namespace, ...record }));
  if (payload.length > maxPayloadBytes) {
    throw invalidArgument(
      'metadata',
      `the record has ${payload.length} bytes, the limit is ${maxPayloadBytes}: shorten metadata or name`,
    );
  }
  const { line, keyId, signature } = await signPayload(keys, isTombstone(record) ? tombstoneType : recordType, payload);
  return { record, keyId, signature, bytes: Buffer.concat([line, Buffer.of(newline), tail]) };
}

/**
 * Opens the first line of a record object (format: Verification order, steps 2 to 8).
 *
 * @throws `SIGNATURE_INVALID`, `UNKNOWN_KEY`, `KEY_REVOKED`, or `INTEGRITY` when a good signature stands over something else
 */
export async function openRecord(
  keys: VerificationKeys,
  scope: Scope,
  id: string,
  line: Uint8Array,
): Promise<VerifiedRecord> {
  const verified = await verifyLine(keys, [recordType, tombstoneType], line).catch((error: unknown) => {
    // Keys that do not answer, or not in the form they must, are no verdict on a record.
    if (!isArtifactError(error) || error.retryable || error.code === 'CONFIGURATION') throw error;
    throw new ArtifactError(error.code, `artifact "${id}" is not vouched for: ${error.message}`, {
      artifactId: id,
      keyId: error.keyId,
      cause: error,
    });
  });
  const { keyId, signature } = verified;
  return { record: readPayload(verified, scope, id), keyId, signature };
}

/** The first line of the object, without its newline, and where the tail begins. `undefined` when there is no line. */
export function splitLine(bytes: Uint8Array): { readonly line: Uint8Array; readonly tailStart: number } | undefined {
  const end = bytes.subarray(0, maxEnvelopeBytes + 1).indexOf(newline);
  return end < 0 ? undefined : { line: bytes.subarray(0, end), tailStart: end + 1 };
}

/** How many bytes must follow the first line. */
export function tailBytes(record: ArtifactRecord | Tombstone): number {
  if (isTombstone(record)) return 0;
  const { content, sizeBytes } = record;
  return 'inline' in content ? sizeBytes : chunkCount(sizeBytes, content.chunkSize) * digestBytes;
}

export function isTombstone(record: ArtifactRecord | Tombstone): record is Tombstone {
  return 'deleted' in record;
}

/** The revision that names the content object, or `undefined` when the content is inline. */
export function contentRevision({ id, content }: ArtifactRecord): string | undefined {
  return 'inline' in content ? undefined : revisionOfContentKey(content.key, id);
}

/** What a caller sees of a verified record. */
export function toMetadata({ record, keyId, signature }: VerifiedRecord<ArtifactRecord>): ArtifactMetadata {
  // Member by member: every reader pays for this, and leaving some out with a rest pattern costs several times as much.
  const { id, name, contentType, sizeBytes, checksumSha256, createdAt, expiresAt, retainUntil, hold } = record;
  const { metadata, generation, revision } = record;
  return {
    id,
    name,
    contentType,
    sizeBytes,
    checksumSha256,
    createdAt: new Date(createdAt),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
    ...(retainUntil !== undefined && { retainUntil: new Date(retainUntil) }),
    hold: hold === true,
    metadata,
    generation,
    revision,
    keyId,
    signature,
  };
}

function readPayload({ payloadType, payload }: Verified, scope: Scope, id: string): ArtifactRecord | Tombstone {
  if (payload.length > maxPayloadBytes) throw notIntact(id, 'its record is too long');
  const { v, audience, namespace, ...record } = parsePayload(payload, id);
  if (v !== 1) {
    throw new ArtifactError('UNSUPPORTED', `artifact "${id}" has a record of a version this release does not know`, {
      artifactId: id,
    });
  }
  if (audience !== scope.audience) throw notIntact(id, 'its record was signed for another store (audience)');
  if (namespace !== scope.namespace) throw notIntact(id, 'its record was signed for another namespace');
  if (record['id'] !== id) throw notIntact(id, 'its record was signed for another id');
  const problem = payloadType === tombstoneType ? problemOfTombstone(record) : problemOfRecord(record, id);
  if (problem !== undefined) throw notIntact(id, `its record's ${problem}`);
  return record as unknown as ArtifactRecord | Tombstone;
}

function parsePayload(payload: Uint8Array, id: string): Record<string, unknown> {
  try {
    const value = parseExact(payload);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw notIntact(id, 'its record is malformed', error);
  }
  throw notIntact(id, 'its record is not an object');
}

type Problems = Readonly<Record<string, (value: unknown) => string | undefined>>;

const common: Problems = {
  id: () => undefined, // compared with what was asked for
  generation: (value) => problemOfInteger(value, 1),
  revision: problemOfRevision,
  replaces: optional(problemOfRevision),
  createdAt: problemOfTime,
};

const ofRecord: Problems = {
  ...common,
  name: problemOfName,
  contentType: problemOfContentType,
  sizeBytes: (value) => problemOfInteger(value, 0, maxContentSize),
  checksumSha256: problemOfSha256,
  expiresAt: optional(problemOfTime),
  retainUntil: optional(problemOfTime),
  hold: optional((value) => (value === true ? undefined : 'is not true')),
  metadata: problemOfMetadata,
  content: (value) => (typeof value === 'object' && value !== null ? undefined : 'is not an object'),
};

const ofTombstone: Problems = {
  ...common,
  replaces: problemOfRevision,
  deleted: (value) => (value === true ? undefined : 'is not true'),
};

function problemOfTombstone(record: Record<string, unknown>): string | undefined {
  return firstProblem(record, ofTombstone);
}

function problemOfRecord(record: Record<string, unknown>, id: string): string | undefined {
  const problem = firstProblem(record, ofRecord);
  if (problem !== undefined) return problem;
  const { inline, key, chunkSize, chunksSha256, ...unknown } = record['content'] as Record<string, unknown>;
  if (Object.keys(unknown).length > 0) return 'content has unknown members';
  if (inline === true && key === undefined && chunkSize === undefined && chunksSha256 === undefined) return undefined;
  if (inline !== undefined) return 'content is both inline and elsewhere';
  if (typeof key !== 'string' || revisionOfContentKey(key, id) === undefined)
    return 'content lies under a key of another id';
  if (typeof chunkSize !== 'number' || !isChunkSize(chunkSize)) return 'content has an impossible chunkSize';
  if (chunkCount(record['sizeBytes'] as number, chunkSize) > maxChunks) return 'content has too many chunks';
  return problemOfSha256(chunksSha256);
}

function firstProblem(record: Record<string, unknown>, problems: Problems): string | undefined {
  const unknown = Object.keys(record).find((field) => !Object.hasOwn(problems, field));
  if (unknown !== undefined) return 'members are not all known to this release';
  for (const [field, problemOf] of Object.entries(problems)) {
    const problem = problemOf(record[field]);
    if (problem !== undefined) return `${field} ${problem}`;
  }
  return undefined;
}

function problemOfRevision(value: unknown): string | undefined {
  return typeof value === 'string' && isRevision(value) ? undefined : 'is not 32 hex digits';
}

function optional(problemOf: (value: unknown) => string | undefined): (value: unknown) => string | undefined {
  return (value) => (value === undefined ? undefined : problemOf(value));
}

/** The refusal of something that is not what was stored. */
export function notIntact(id: string, problem: string, cause?: unknown): ArtifactError {
  return new ArtifactError('INTEGRITY', `artifact "${id}" fails its integrity check: ${problem}`, {
    artifactId: id,
    cause,
  });
}
