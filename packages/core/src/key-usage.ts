import { invalidArgument, type InvalidEntry } from './errors.ts';
import { inOrder } from './in-order.ts';
import { isKeyId, keyIdRule } from './keyring.ts';
import { fetchRecord, verifyRecord } from './read-record.ts';
import { isTombstone, splitLine } from './record.ts';
import { atOnce, requirePass, type PassOptions } from './pass-options.ts';
import { allRecords, failureOf, Failures, nobodysRecord, type PassedRecord, type PassFailures } from './record-pass.ts';
import type { Session } from './session.ts';
import type { Storage } from './storage.ts';
import { vouchersOf } from './vouching-keys.ts';

export interface KeyUsageOptions extends Omit<PassOptions, 'after'> {
  /** A key that is to be revoked or dropped: `losing` then lists what that would lose. */
  readonly losing?: string | undefined;
}

/** Names a record in a report. */
export interface RecordReference {
  readonly namespace?: string | undefined;
  readonly id: string;
  /** Whether it only says that the artifact was deleted. Without it the id could not be used again. */
  readonly deleted: boolean;
}

/** Which keys the records of a store need, those of deleted artifacts included. */
export interface KeyUsage extends PassFailures {
  /** Records that verify. */
  readonly records: number;
  /** How many of them each key vouches for; one that several keys signed counts for each. */
  readonly signedBy: Readonly<Record<string, number>>;
  /** How many of them nobody else vouches for: what would be lost without the key. */
  readonly onlyBy: Readonly<Record<string, number>>;
  /** Those that nobody but the key of the option `losing` vouches for. */
  readonly losing: readonly RecordReference[];
}

/** @throws `INVALID_ARGUMENT` */
export function requireKeyUsage(options: KeyUsageOptions): void {
  requirePass(options);
  const { losing } = options;
  if (losing !== undefined && (typeof losing !== 'string' || !isKeyId(losing)))
    throw invalidArgument('losing', `losing is not a key id: ${keyIdRule}`);
}

type Seen = { readonly good: readonly string[]; readonly reference: RecordReference } | InvalidEntry | 'gone';

/** Reads the signed line of every record and counts who vouches for it. */
export async function countKeys(session: Session, storage: Storage, options: KeyUsageOptions): Promise<KeyUsage> {
  const signedBy = new Map<string, number>();
  const onlyBy = new Map<string, number>();
  const losing: RecordReference[] = [];
  const failures = new Failures();
  let records = 0;
  const all = allRecords(session, storage, undefined);
  for await (const seen of inOrder(all, atOnce(options), storage.lifetime, look)) {
    if (seen === 'gone') continue;
    if ('error' in seen) {
      failures.add(seen);
      continue;
    }
    records += 1;
    for (const keyId of seen.good) count(signedBy, keyId);
    const [only, ...others] = seen.good;
    if (only === undefined || others.length > 0) continue;
    count(onlyBy, only);
    if (only === options.losing) losing.push(seen.reference);
  }
  const counted = { signedBy: Object.fromEntries(signedBy), onlyBy: Object.fromEntries(onlyBy) };
  return { records, ...counted, losing, ...failures.report };
}

async function look(passed: PassedRecord): Promise<Seen> {
  const { storage, namespace, id } = passed;
  if (id === undefined) return nobodysRecord(passed);
  try {
    const object = await fetchRecord(storage, id);
    if (object === undefined) return 'gone';
    const { record } = await verifyRecord(storage.environment, id, object);
    const line = splitLine(object.bytes)?.line ?? object.bytes;
    const { good } = await vouchersOf(storage.environment.keys, line);
    return { good, reference: { ...(namespace !== undefined && { namespace }), id, deleted: isTombstone(record) } };
  } catch (error) {
    const failure = failureOf(error, namespace, id);
    if (failure === undefined) throw error;
    return failure;
  }
}

function count(counts: Map<string, number>, keyId: string): void {
  counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
}
