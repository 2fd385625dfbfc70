import { contentObject, bury } from './delete.ts';
import { isArtifactError } from './errors.ts';
import { recordKey } from './layout.ts';
import { tidy } from './markers.ts';
import type { StoredRecord } from './read-record.ts';
import { contentRevision, type ArtifactRecord } from './record.ts';
import type { Transaction } from './transaction.ts';

/**
 * Removes the very record that was judged, and its content: the one place where a sweep ends an artifact. Gives `lost` when
 * somebody has written over it; then nothing was removed.
 */
export async function removeRecord(
  transaction: Transaction,
  current: StoredRecord<ArtifactRecord>,
  { exclusive }: { readonly exclusive: boolean },
): Promise<true | 'lost'> {
  const { capabilities, environment } = transaction;
  const { compareAndSwap, conditionalDelete } = capabilities;
  // The create of a young record may still be made again; a tombstone is in its way.
  // What was moved here is older than its record; whatever time a medium makes up, it can only call for more caution.
  const writtenAt = Math.max(current.record.createdAt, current.info.modifiedAt.getTime());
  const young = writtenAt + environment.limits.graceMs > environment.now();
  // So does a ledger need one, to tell later that it was removed.
  const needed = young || !conditionalDelete || transaction.allowance !== undefined;
  const buries = compareAndSwap && !exclusive && needed;
  return buries ? bury(transaction, current) : deleteRecord(transaction, current);
}

async function deleteRecord(
  { storage, capabilities, markers, id, allowance }: Transaction,
  current: StoredRecord<ArtifactRecord>,
): Promise<true | 'lost'> {
  const { record, info } = current;
  await allowance?.revisionToDelete(current);
  const revision = contentRevision(record);
  const own = revision === undefined ? undefined : await markers.pending(revision);
  markers.requireTime();
  try {
    // Once: a refusal of the second would say nothing of the first.
    await storage.deleteOnce(recordKey(id), capabilities.conditionalDelete ? info.version : undefined);
  } catch (error) {
    if (!isArtifactError(error, 'PRECONDITION_FAILED')) throw error;
    await tidy(storage, [own]);
    return 'lost';
  }
  allowance?.committed();
  await tidy(storage, [contentObject(record), own]);
  return true;
}
