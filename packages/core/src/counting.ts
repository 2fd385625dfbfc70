import { setImmediate as turn } from 'node:timers/promises';

import type { ObjectInfo } from './backend.ts';
import { batchesOf } from './batches.ts';
import { idOfRecordKey } from './layout.ts';
import { nothing, plus, type Amount } from './ledger-state.ts';
import { recordKeys } from './list.ts';
import { isArtifact, isUnverifiable, lookUpRecord, type StoredRecord } from './read-record.ts';
import type { Storage } from './storage.ts';

const recordsAtOnce = 16;
/** A medium that answers at once would otherwise keep every timer and every other operation waiting for the last record. */
const maxBusyMs = 5;

/** What a listing of all records came to. */
export interface Count extends Amount {
  /** Records that do not verify. What they say counts for nothing. */
  readonly invalid: number;
}

const none: Count = { ...nothing, invalid: 0 };

/** Counts every artifact, expired ones included, except those that `leaveOut` names. Calls `between` now and then. */
export async function countArtifacts(
  storage: Storage,
  leaveOut: ReadonlySet<string> = new Set(),
  between: () => Promise<void> = async () => undefined,
): Promise<Count> {
  const { monotonic } = storage.environment;
  let total = none;
  let turnedAt = monotonic();
  for await (const batch of batchesOf(recordKeys(storage, undefined, undefined), recordsAtOnce)) {
    for (const one of await Promise.all(batch.map((info) => countListed(storage, info, leaveOut))))
      total = { ...plus(total, one), invalid: total.invalid + one.invalid };
    await between();
    if (monotonic() - turnedAt < maxBusyMs) continue;
    await turn();
    turnedAt = monotonic();
  }
  return total;
}

/** Counts one id as it is now, and tells the record or tombstone that is there. */
export async function countOf(
  storage: Storage,
  id: string,
  listed?: ObjectInfo,
): Promise<Count & { readonly record?: StoredRecord['record'] | undefined }> {
  try {
    const stored = await lookUpRecord(storage, id, listed);
    return isArtifact(stored)
      ? { bytes: stored.record.sizeBytes, count: 1, invalid: 0, record: stored.record }
      : { ...none, record: stored?.record };
  } catch (error) {
    if (!isUnverifiable(error)) throw error;
    return { ...none, invalid: 1 };
  }
}

async function countListed(storage: Storage, info: ObjectInfo, leaveOut: ReadonlySet<string>): Promise<Count> {
  const id = idOfRecordKey(info.key);
  if (id === undefined) return { ...none, invalid: 1 };
  return leaveOut.has(id) ? none : countOf(storage, id, info);
}
