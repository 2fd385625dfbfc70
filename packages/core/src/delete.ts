import type { ObjectInfo } from './backend.ts';
import { judgeConditions, judgeRetention, requireCapability, type Conditions } from './conditions.ts';
import { freshName } from './environment.ts';
import { isArtifactError } from './errors.ts';
import { contentKey, recordKey } from './layout.ts';
import { tidy } from './markers.ts';
import type { OperationOptions } from './operation.ts';
import { fetchRecord, isArtifact, isUnverifiable, verifyRecord, type StoredRecord } from './read-record.ts';
import { contentRevision, type ArtifactRecord } from './record.ts';
import { sealTombstone } from './tombstone.ts';
import { expiryMarkerOf, type Transaction } from './transaction.ts';

export interface DeleteOptions extends OperationOptions, Conditions {
  /**
   * Removes the record even when it does not verify. Its content stays, because nothing trustworthy says what it is. A
   * record that does verify is deleted as usual.
   */
  readonly unverified?: boolean | undefined;
}

/** Deletes an artifact (format: Delete). Gives whether there was one. */
export async function deleteArtifact(transaction: Transaction, options: DeleteOptions): Promise<boolean> {
  const { capabilities, environment: store } = transaction;
  for (const field of ['ifGeneration', 'ifRevision'] as const) {
    if (options[field] !== undefined) requireCapability(capabilities, 'compareAndSwap', store.backend.name, field);
  }
  return transaction.untilWon(async () => {
    const { storage, environment, id } = transaction;
    const found = await fetchRecord(storage, id);
    if (found === undefined) return false;
    let current: StoredRecord;
    try {
      current = await verifyRecord(environment, id, found);
    } catch (error) {
      if (options.unverified !== true || !isUnverifiable(error)) throw error;
      return removeUnverified(transaction, found.info);
    }
    if (!isArtifact(current)) return false;
    judgeConditions(id, options, current.record);
    judgeRetention(id, current, environment.now());
    return transaction.capabilities.compareAndSwap ? bury(transaction, current) : deletePlainly(transaction, current);
  });
}

/** Puts a tombstone in the record's place, then removes the content. The marker stays, for the sweep to end the tombstone. */
export async function bury(
  transaction: Transaction,
  current: StoredRecord & { readonly record: ArtifactRecord },
): Promise<true | 'lost'> {
  const own = await transaction.allowance?.revisionToDelete(current);
  const tombstone = await sealTombstone(transaction.environment, current.record, own);
  const leaving = contentRevision(current.record) ?? tombstone.record.revision;
  const result = await transaction.replace(tombstone, current, { leaving });
  if (result === 'lost') return result;
  await tidy(transaction.storage, [contentObject(current.record), expiryMarkerOf(current)]);
  return true;
}

/** Without compare-and-swap: whoever writes last wins. */
async function deletePlainly(
  transaction: Transaction,
  current: StoredRecord & { readonly record: ArtifactRecord },
): Promise<true> {
  const { storage, markers, id } = transaction;
  const revision = contentRevision(current.record);
  await transaction.allowance?.revisionToDelete(current);
  if (revision !== undefined) await markers.pending(revision);
  await storage.delete(recordKey(id));
  transaction.allowance?.committed();
  await tidy(storage, [contentObject(current.record), expiryMarkerOf(current)]);
  return true;
}

/** Removes the very object that did not verify, as far as the backend can tell it from a good one written since. */
export async function removeUnverified(transaction: Transaction, info: ObjectInfo): Promise<true | 'lost'> {
  const { storage, environment, capabilities, id } = transaction;
  if (!capabilities.conditionalDelete && capabilities.compareAndSwap) {
    // What it replaces nobody knows, so its tombstone names a revision that is nobody's.
    const tombstone = await sealTombstone(environment, { id, generation: 1, revision: freshName(environment) });
    const leaving = tombstone.record.revision;
    return (await transaction.replace(tombstone, { info }, { leaving })) === 'lost' ? 'lost' : true;
  }
  try {
    await storage.delete(recordKey(id), capabilities.conditionalDelete ? info.version : undefined);
  } catch (error) {
    if (isArtifactError(error, 'PRECONDITION_FAILED')) return 'lost';
    throw error;
  }
  return true;
}

export function contentObject(record: ArtifactRecord): string | undefined {
  const revision = contentRevision(record);
  return revision === undefined ? undefined : contentKey(record.id, revision);
}
