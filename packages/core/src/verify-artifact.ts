import type { Environment } from './environment.ts';
import { isArtifactError, type ArtifactError, type ErrorCode } from './errors.ts';
import type { Finding, FindingCode } from './finding.ts';
import type { ExpiryMarkers } from './expiry-markers.ts';
import { expiryKey, recordKey } from './layout.ts';
import {
  isArtifact,
  isUnverifiable,
  readRecord,
  readRecordWithTail,
  requireTail,
  verifyRecord,
} from './read-record.ts';
import type { StoredRecordWithTail } from './read-record.ts';
import { notIntact, type ArtifactRecord } from './record.ts';
import type { ReadObject, Storage } from './storage.ts';
import { chunkedContent, contentGone, ContentMissing, readVerified } from './verified-content.ts';

const maxAttempts = 3;

/** What is wrong with one artifact, and which content its record names. */
export interface VerifiedArtifact {
  readonly findings: readonly Omit<Finding, 'cursor'>[];
  /** Whether its record verified, so that it can say what it names. */
  readonly judged: boolean;
  readonly contentKey: string | undefined;
  /** How much content its record tells of; none where there is no artifact. */
  readonly bytes: number | undefined;
}

/** How an artifact is to be looked at. */
export interface Look {
  readonly readContent: boolean;
  readonly markers: ExpiryMarkers;
  /** Is told of bytes that were read, and waited for. */
  readonly read: (bytes: number) => Promise<void>;
}

type Problem = Omit<Finding, 'cursor' | 'id' | 'namespace'>;

const nothing: VerifiedArtifact = { findings: [], judged: true, contentKey: undefined, bytes: undefined };

const codes: Partial<Record<ErrorCode, FindingCode>> = {
  UNKNOWN_KEY: 'UNKNOWN_KEY',
  KEY_REVOKED: 'REVOKED_KEY',
  UNSUPPORTED: 'UNKNOWN_VERSION',
};

/** Looks at everything that belongs to one id, and again when it was changed under way. */
export async function verifyArtifact(storage: Storage, id: string, look: Look): Promise<VerifiedArtifact> {
  const key = recordKey(id);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const stored = await readRecordWithTail(storage, id);
      if (!isArtifact(stored)) return nothing;
      const content = await problemOfContent(storage, stored, look);
      const marker = await problemOfMarker(storage, stored.record, look.markers);
      const findings = [content, marker].flatMap((problem) => (problem === undefined ? [] : [{ ...problem, id }]));
      const contentKey = 'key' in stored.record.content ? stored.record.content.key : undefined;
      return { findings, judged: true, contentKey, bytes: stored.record.sizeBytes };
    } catch (error) {
      if (isUnverifiable(error))
        return { ...nothing, findings: [{ code: codeOf(error), id, key, error }], judged: false };
      const changed = isArtifactError(error, 'SUPERSEDED') || isArtifactError(error, 'NOT_FOUND');
      if (!changed || attempt === maxAttempts) throw error;
    }
  }
}

/** What is wrong with a record as it was read, whatever follows its line. */
export async function problemOfRecord(
  environment: Environment,
  id: string,
  object: ReadObject,
): Promise<FindingCode | undefined> {
  try {
    await verifyRecord(environment, id, object);
    return undefined;
  } catch (error) {
    if (!isUnverifiable(error)) throw error;
    return codeOf(error);
  }
}

function codeOf({ code }: ArtifactError): FindingCode {
  return codes[code] ?? 'BAD_RECORD';
}

async function problemOfContent(
  storage: Storage,
  stored: StoredRecordWithTail<ArtifactRecord>,
  look: Look,
): Promise<Problem | undefined> {
  const { record } = stored;
  const key = 'key' in record.content ? record.content.key : recordKey(record.id);
  try {
    requireTail(stored);
    await lookAtContent(storage, stored, look);
    return undefined;
  } catch (error) {
    if (isArtifactError(error, 'INTEGRITY')) return { code: 'WRONG_CONTENT', key, error };
    if (!(error instanceof ContentMissing)) throw error;
    const now = await readRecord(storage, record.id);
    const gone = contentGone(record.id, isArtifact(now) ? now.record : undefined, record);
    // It was replaced or deleted meanwhile.
    if (gone.code !== 'INTEGRITY') throw gone;
    return { code: 'MISSING_CONTENT', key, error: gone };
  }
}

async function lookAtContent(
  storage: Storage,
  { record, tail }: StoredRecordWithTail<ArtifactRecord>,
  { readContent, read }: Look,
): Promise<void> {
  const content = chunkedContent(record, tail);
  if (content === undefined) return;
  if (readContent) {
    for await (const chunk of readVerified(storage, content, 0, content.sizeBytes)) await read(chunk.length);
    return;
  }
  const found = await storage.get(content.key, 0);
  if (found === undefined) throw new ContentMissing();
  if (found.info.size < content.sizeBytes) throw notIntact(record.id, 'its content is too short');
}

async function problemOfMarker(
  storage: Storage,
  { id, expiresAt, revision }: ArtifactRecord,
  markers: ExpiryMarkers,
): Promise<Problem | undefined> {
  if (expiresAt === undefined) return undefined;
  const key = expiryKey(expiresAt, revision, id);
  if ((await storage.get(key, 0)) !== undefined || (await markers.leadTo(revision))) return undefined;
  const now = await readRecord(storage, id);
  return now?.record.revision === revision ? { code: 'MISSING_EXPIRY_MARKER', key } : undefined;
}
