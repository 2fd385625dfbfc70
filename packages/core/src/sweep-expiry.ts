import { isPast } from './conditions.ts';
import type { ArtifactError } from './errors.ts';
import { expiryKey, type Marker } from './layout.ts';
import { maxClockSkewMs } from './medium-clock.ts';
import { isArtifact, isUnverifiable, readRecord, type StoredRecord } from './read-record.ts';
import type { ArtifactRecord } from './record.ts';
import { removeRecord } from './remove-record.ts';
import type { Verdict } from './sweep-report.ts';
import { dropMarker, keepMarker, moveMarker, ownerOf, type SweepSpace } from './sweep-space.ts';
import { Transaction } from './transaction.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Judges the record that a due marker names (format: Sweep, expiry). What it says of itself counts, never the marker. */
export async function sweepExpiry(space: SweepSpace, marker: Marker): Promise<Verdict> {
  const { storage, capabilities } = space;
  const allowance = space.dryRun ? undefined : await space.ledger.allowance(marker.id);
  const transaction = new Transaction(storage, capabilities, marker.id, allowance);
  const work = async (): Promise<Verdict | 'lost'> => {
    let current: StoredRecord | undefined;
    try {
      current = await readRecord(storage, marker.id);
    } catch (error) {
      if (!isUnverifiable(error)) throw error;
      return keepUnverifiable(space, marker, error);
    }
    const named = isArtifact(current) && current.record.revision === marker.revision ? current : undefined;
    return named === undefined ? outlive(space, marker) : judge(space, marker, transaction, named);
  };
  return transaction.run(() => transaction.untilWon(work));
}

async function judge(
  space: SweepSpace,
  marker: Marker,
  transaction: Transaction,
  current: StoredRecord<ArtifactRecord>,
): Promise<Verdict | 'lost'> {
  const { id, revision, expiresAt, retainUntil, hold, sizeBytes } = current.record;
  const now = space.storage.environment.now();
  // Whoever wrote the record may have another clock.
  const surely = now - maxClockSkewMs;
  const isRetained = retainUntil !== undefined && !isPast(retainUntil, surely);
  if (expiresAt === undefined) return outlive(space, marker);
  if (!isPast(expiresAt, surely)) return moveMarker(space, marker, expiryKey(expiresAt, revision, id));
  if (isRetained || hold === true) {
    const kept = { ...ownerOf(space, id), why: 'retained' } as const;
    return moveMarker(space, marker, expiryKey(isRetained ? retainUntil : now + dayMs, revision, id), { kept });
  }
  if (!space.dryRun && (await removeRecord(transaction, current, space)) === 'lost') return 'lost';
  return dropMarker(space, marker, [{ what: 'artifact', why: 'expired', ...ownerOf(space, id), bytes: sizeBytes }]);
}

/** Nothing is there that the marker belongs to; but until it is a grace old, that record may still be about to be committed. */
async function outlive(space: SweepSpace, marker: Marker): Promise<Verdict> {
  const { now, limits } = space.storage.environment;
  return isPast(marker.time + limits.graceMs, now()) ? dropMarker(space, marker) : keepMarker();
}

function keepUnverifiable(space: SweepSpace, marker: Marker, error: ArtifactError): Promise<Verdict> {
  const tomorrow = space.storage.environment.now() + dayMs;
  const kept = { ...ownerOf(space, marker.id), why: 'unverifiable', error } as const;
  return moveMarker(space, marker, expiryKey(tomorrow, marker.revision, marker.id), { kept });
}
