import type { BackendCapabilities, ObjectInfo } from './backend.ts';
import { isPast, liveRecord, type Conditions } from './conditions.ts';
import { contentOf } from './content-of.ts';
import { deleteArtifact } from './delete.ts';
import { ArtifactError, invalidArgument, isArtifactError } from './errors.ts';
import type { OperationOptions } from './operation.ts';
import {
  isArtifact,
  lookUpRecord,
  readRecordWithTail,
  requireTail,
  type StoredRecord,
  type StoredRecordWithTail,
} from './read-record.ts';
import { notIntact, type ArtifactRecord } from './record.ts';
import { notFound } from './refusals.ts';
import { hasSameContent, isSameArtifact, rewriteRecord, sendContent } from './send-artifact.ts';
import type { Session } from './session.ts';
import { fromSource } from './source-failure.ts';
import type { Storage } from './storage.ts';

const maxAttempts = 3;

/** One artifact on its way from one place to another. */
export interface Move {
  readonly id: string;
  readonly source: Session;
  readonly target: Session;
  /** Both places as the migration looks at them. */
  readonly reading: Storage;
  readonly writing: Storage;
  /** What the listing of the source said of its record. */
  readonly listed: ObjectInfo | undefined;
  /** The same of the destination: `absent` when it is in no listing, `undefined` when nobody listed. */
  readonly there: ObjectInfo | 'absent' | undefined;
}

/** What is to be done with each artifact. */
export interface MoveMode {
  readonly does: 'send' | 'compare' | 'verify';
  readonly deleteSource: boolean;
  /** Those of the destination. */
  readonly capabilities: BackendCapabilities;
}

/** What became of one artifact. */
export interface Moved {
  readonly outcome: 'copied' | 'updated' | 'unchanged' | 'expired' | 'gone';
  /** What was read at the source. Absent when there is nothing to be moved. */
  readonly record?: ArtifactRecord;
  readonly deleted?: boolean;
  /** Why it is still at the source, though it has arrived. */
  readonly kept?: ArtifactError;
}

/** Moves one artifact, and looks again when somebody wrote it meanwhile, on either side. */
export async function moveArtifact(first: Move, mode: MoveMode, options: OperationOptions): Promise<Moved> {
  let move = first;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const moved = await bring(move, mode, options);
      if (moved.record === undefined || mode.does === 'compare') return moved;
      const there = mode.does === 'verify' || mode.deleteSource ? await readBack(move, moved.record) : undefined;
      if (!mode.deleteSource) return moved;
      // A revision is of one write alone, so this may be the original itself, seen through another handle.
      if (there?.revision === moved.record.revision) return { ...moved, kept: samePlace(move.id) };
      return await withoutOriginal(move, moved, moved.record, options);
    } catch (error) {
      if (attempt === maxAttempts || !isRace(error)) throw error;
      move = { ...move, listed: undefined, there: undefined };
    }
  }
}

async function bring(move: Move, mode: MoveMode, options: OperationOptions): Promise<Moved> {
  const { id, reading, writing } = move;
  const sends = mode.does === 'send';
  // Where nothing is, the record comes with the content that is sent: one look at the source suffices, and none at the destination.
  if (sends && move.there === 'absent') return send(move, undefined, mode, options);
  const original = await fromSource(() => lookUpRecord(reading, id, move.listed));
  if (!isArtifact(original)) return { outcome: 'gone' };
  const { record } = original;
  if (countsAsGone(record, reading.environment.now())) return { outcome: 'expired' };
  const there = move.there === 'absent' ? undefined : await lookUpRecord(writing, id, move.there);
  if (isArtifact(there) && isSameArtifact(record, there.record)) return { outcome: 'unchanged', record };
  if (mode.does === 'verify')
    throw isArtifact(there) ? notIntact(id, 'it is not the same at its destination') : notFound(id);
  if (isArtifact(there)) requireOlder(there.record, record);
  const rewrites = isArtifact(there) && hasSameContent(record, there.record) && mode.capabilities.compareAndSwap;
  if (!sends) return { outcome: rewrites ? 'updated' : 'copied', record };
  if (!rewrites) return send(move, there, mode, options);
  await rewriteRecord(move.target, record, there.record.revision, options);
  return { outcome: 'updated', record };
}

/** Content and record, as they are now, over what was seen at the destination. */
async function send(
  { id, target, reading, writing }: Move,
  there: StoredRecord | undefined,
  { capabilities }: MoveMode,
  options: OperationOptions,
): Promise<Moved> {
  const original = await fromSource(() => wholeRecord(reading, id));
  if (original === undefined) return { outcome: 'gone' };
  const { record } = original;
  if (countsAsGone(record, reading.environment.now())) return { outcome: 'expired' };
  const live = liveRecord(there, writing.environment.now());
  await sendContent(reading, original, target, record, onlyOver(live, capabilities), false, options);
  return { outcome: 'copied', record };
}

/** What must hold at the destination, as far as it can be asked for: somebody else may write there. */
function onlyOver(live: ArtifactRecord | undefined, capabilities: BackendCapabilities): Conditions {
  if (live === undefined) return capabilities.createIfAbsent ? { ifGeneration: 0 } : {};
  return capabilities.compareAndSwap ? { ifRevision: live.revision } : {};
}

async function wholeRecord(storage: Storage, id: string): Promise<StoredRecordWithTail<ArtifactRecord> | undefined> {
  const stored = await readRecordWithTail(storage, id);
  if (!isArtifact(stored)) return undefined;
  requireTail(stored);
  return stored;
}

/** Reads what is at the destination to its end, and gives its record. @throws `INTEGRITY`, `NOT_FOUND` */
async function readBack({ id, writing }: Move, record: ArtifactRecord): Promise<ArtifactRecord> {
  const stored = await wholeRecord(writing, id);
  if (stored === undefined) throw notFound(id);
  if (!isSameArtifact(record, stored.record)) throw notIntact(id, 'it is not the same at its destination');
  for await (const chunk of contentOf(writing, stored, 0, record.sizeBytes)) void chunk;
  return stored.record;
}

function samePlace(id: string): ArtifactError {
  const problem = `artifact "${id}" is the very same at its destination, and stays: to may be where from is`;
  return invalidArgument('to', problem, { artifactId: id });
}

async function withoutOriginal(
  { id, source }: Move,
  moved: Moved,
  { revision }: ArtifactRecord,
  options: OperationOptions,
): Promise<Moved> {
  try {
    const deleted = await source.run('delete', id, options, async (storage) => {
      const transaction = await source.upkeep(storage, id);
      return transaction.run(() => deleteArtifact(transaction, { ifRevision: revision }));
    });
    return { ...moved, deleted };
  } catch (error) {
    if (!isArtifactError(error)) throw error;
    return { ...moved, kept: error };
  }
}

/** Expired, and nothing keeps it. */
function countsAsGone({ expiresAt, hold, retainUntil }: ArtifactRecord, now: number): boolean {
  return isPast(expiresAt, now) && hold !== true && (retainUntil ?? 0) <= now;
}

/** What was uploaded to the destination itself, after it was moved there, is not undone by moving once more. @throws `ALREADY_EXISTS` */
function requireOlder(there: ArtifactRecord, { id, createdAt }: ArtifactRecord): void {
  if (there.createdAt <= createdAt) return;
  throw new ArtifactError('ALREADY_EXISTS', `artifact "${id}" was uploaded later at its destination, and stays there`, {
    artifactId: id,
    revision: there.revision,
    expected: createdAt,
    found: there.createdAt,
  });
}

/** Somebody wrote the artifact between two looks at it. */
function isRace(error: unknown): boolean {
  return (['SUPERSEDED', 'ALREADY_EXISTS', 'PRECONDITION_FAILED', 'NOT_FOUND'] as const).some((code) =>
    isArtifactError(error, code),
  );
}
