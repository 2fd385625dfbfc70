import { freshName } from './environment.ts';
import { isArtifactError } from './errors.ts';
import { contentKey, pendingKey, recordKey, type Marker } from './layout.ts';
import { isArtifact, readRecord, type StoredRecord } from './read-record.ts';
import { contentRevision, isTombstone, type Tombstone } from './record.ts';
import type { SweptObject, Verdict } from './sweep-report.ts';
import { dropMarker, moveMarker, ownerOf, type SweepSpace } from './sweep-space.ts';

type PendingMarker = Omit<Marker, 'time'>;

/**
 * Judges the content that a due marker names (format: Sweep, pending). From its time on no upload commits it any more, so what
 * the record does not name now nothing will.
 *
 * @throws what reading the record throws: then nothing was touched
 */
export async function sweepPending(space: SweepSpace, marker: PendingMarker): Promise<Verdict> {
  const { storage } = space;
  const current = await readRecord(storage, marker.id);
  if (isArtifact(current) && contentRevision(current.record) === marker.revision) return dropMarker(space, marker);
  const removed = await removeContent(space, marker, current);
  return current !== undefined && isTombstone(current.record)
    ? endTombstone(space, marker, { ...current, record: current.record }, removed)
    : dropMarker(space, marker, removed);
}

async function removeContent(
  space: SweepSpace,
  { id, revision }: PendingMarker,
  current: StoredRecord | undefined,
): Promise<SweptObject[]> {
  const { storage, dryRun } = space;
  const key = contentKey(id, revision);
  const found = await storage.get(key, 0);
  if (found === undefined) return [];
  if (!dryRun) await storage.delete(key);
  const left = isArtifact(current) ? 'replaced' : 'deleted';
  const why = current === undefined ? 'unreferenced' : left;
  return [{ what: 'content', why, ...ownerOf(space, id), bytes: found.info.size }];
}

/**
 * Removes a tombstone that is a grace old. A younger one stays, whatever marker led to it: it keeps a create whose answer was
 * lost from being made again, and the marker of older content may be due moments after the delete.
 */
async function endTombstone(
  space: SweepSpace,
  marker: PendingMarker,
  { record, info }: StoredRecord<Tombstone>,
  removed: readonly SweptObject[],
): Promise<Verdict> {
  const { storage, capabilities, dryRun, exclusive } = space;
  const { environment } = storage;
  const { id, revision } = marker;
  if (!capabilities.conditionalDelete && !exclusive) return dropMarker(space, marker, removed);
  const until = record.createdAt + environment.limits.graceMs;
  if (until > environment.now())
    return moveMarker(space, marker, pendingKey(until, freshName(environment), revision, id), { removed });
  try {
    if (!dryRun) await space.ledger.leaves(id, record.revision);
    if (!dryRun) await storage.delete(recordKey(id), capabilities.conditionalDelete ? info.version : undefined);
  } catch (error) {
    // Somebody has written over it, and that record is none of this marker's.
    if (!isArtifactError(error, 'PRECONDITION_FAILED')) throw error;
    return dropMarker(space, marker, removed);
  }
  const tombstone: SweptObject = { what: 'tombstone', why: 'deleted', ...ownerOf(space, id), bytes: 0 };
  return dropMarker(space, marker, [...removed, tombstone]);
}
