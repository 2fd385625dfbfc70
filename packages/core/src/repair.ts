import { contentOf } from './content-of.ts';
import { findLedger } from './find-ledger.ts';
import { invalidArgument, type ArtifactError } from './errors.ts';
import { ExpiryMarkers } from './expiry-markers.ts';
import type { Finding } from './finding.ts';
import { assertId } from './ids.ts';
import { parseContentKey } from './layout.ts';
import { orphanAfterGrace, pendingAfterGrace } from './markers.ts';
import type { OperationOptions } from './operation.ts';
import { quarantine } from './quarantine.ts';
import { isArtifact, readRecord, readRecordWithTail, requireTail, type StoredRecordWithTail } from './read-record.ts';
import { ArtifactReader } from './reader.ts';
import type { ArtifactRecord } from './record.ts';
import { recountAnew } from './recount.ts';
import { hasSameContent, sendContent } from './send-artifact.ts';
import type { Session } from './session.ts';
import type { Storage } from './storage.ts';
import { Transaction } from './transaction.ts';
import { verifyArtifact } from './verify-artifact.ts';

export interface RepairOptions extends OperationOptions {
  /**
   * Another store that may have what is missing, such as a backup. Only what verifies there is taken: content that is what was signed
   * here, or the artifact in the place of a record that does not verify.
   */
  readonly from?: ArtifactReader<unknown> | undefined;
}

/** What was done about a finding. */
export interface RepairResult {
  /**
   * - `sound`: nothing; it is no longer so.
   * - `restored`: content or the whole artifact was taken from the other store.
   * - `marked`: a marker was written, which leads the next sweep that is due to it.
   * - `recounted`: the ledger of quota and usage was counted anew.
   * - `quarantined`: the record was put aside, and its id may be used again.
   * - `left`: nothing; only a person, or another store, can help.
   */
  readonly outcome: 'sound' | 'restored' | 'marked' | 'recounted' | 'quarantined' | 'left';
  /** Where a record that did not verify was put aside. */
  readonly quarantined?: string | undefined;
  /** What is still wrong, where it was left. */
  readonly error?: ArtifactError | undefined;
}

/** Checks a repair before any I/O. @throws `INVALID_ARGUMENT` */
export function requireRepair(finding: Finding, { from }: RepairOptions): void {
  if (typeof finding !== 'object' || finding === null || typeof finding.key !== 'string')
    throw invalidArgument('finding', 'finding is none that verify gave');
  if (finding.id !== undefined) assertId(finding.id);
  if (from !== undefined && ArtifactReader.sessionOf(from) === undefined)
    throw invalidArgument('from', 'from is no store of this copy of @artifacts/core');
}

/** Looks whether the finding still holds, and does about it what can be done without losing anything. */
export async function repairFinding(session: Session, finding: Finding, options: RepairOptions): Promise<RepairResult> {
  const { code, namespace, id } = finding;
  const at = namespace === undefined ? session : session.namespace(namespace);
  return at.run('repair', id, options, async (storage) => {
    if (code === 'ORPHAN_CONTENT') return markOrphan(storage, finding);
    if (code === 'WRONG_LEDGER') return repairLedger(at, storage);
    if (code === 'STALE_TEMPORARY') return { outcome: (await isThere(storage, finding.key)) ? 'left' : 'sound' };
    if (id === undefined) return { outcome: 'left', error: finding.error };
    const { findings } = await verifyArtifact(storage, id, {
      readContent: code === 'WRONG_CONTENT',
      markers: new ExpiryMarkers(storage),
      read: async () => undefined,
    });
    const found = findings.find((one) => one.code === code);
    if (found === undefined) return { outcome: 'sound' };
    if (code === 'MISSING_EXPIRY_MARKER') return markExpiry(at, storage, id);
    const operation = { signal: storage.lifetime.signal, context: options.context };
    const other = otherStore(options.from, namespace);
    const restore = code === 'MISSING_CONTENT' || code === 'WRONG_CONTENT' ? restoreContent : replaceRecord;
    return restore({ at, storage, id, found, operation }, other);
  });
}

interface Repairing {
  readonly at: Session;
  readonly storage: Storage;
  readonly id: string;
  readonly found: Omit<Finding, 'cursor'>;
  readonly operation: OperationOptions;
}

/** The sweep judges it then, and finds out again that nothing names it. */
async function markOrphan(storage: Storage, { id, key }: Finding): Promise<RepairResult> {
  const content = parseContentKey(key);
  if (content === undefined || !(await isThere(storage, key))) return { outcome: 'sound' };
  const { idHash, revision } = content;
  const marker =
    id === undefined ? orphanAfterGrace(storage, revision, idHash) : pendingAfterGrace(storage, revision, id);
  await storage.put(marker, new Uint8Array(0));
  return { outcome: 'marked' };
}

async function repairLedger(at: Session, storage: Storage): Promise<RepairResult> {
  const ledger = await findLedger(storage, await at.prepare(storage));
  if (ledger === undefined) return { outcome: 'sound' };
  const { drift } = await recountAnew(storage, ledger);
  return { outcome: drift?.bytes === 0 && drift.count === 0 ? 'sound' : 'recounted' };
}

async function isThere(storage: Storage, key: string): Promise<boolean> {
  return (await storage.get(key, 0)) !== undefined;
}

async function markExpiry(at: Session, storage: Storage, id: string): Promise<RepairResult> {
  const stored = await readRecord(storage, id);
  if (!isArtifact(stored)) return { outcome: 'sound' };
  // One that belongs to a record that has been replaced meanwhile is dropped by the sweep.
  await new Transaction(storage, await at.prepare(storage), id).markers.expiry(stored.record);
  return { outcome: 'marked' };
}

/** The same bytes, from where they are whole, under the record that was signed for them here. */
async function restoreContent(
  { at, storage, id, found, operation }: Repairing,
  other: Session | undefined,
): Promise<RepairResult> {
  const stored = await readRecord(storage, id);
  if (!isArtifact(stored)) return { outcome: 'sound' };
  const { record } = stored;
  return borrowed(other, id, operation, async (loan) => {
    if (loan === undefined || !hasSameContent(loan.original.record, record))
      return { outcome: 'left', error: found.error };
    await sendContent(loan.reading, loan.original, at, record, { ifRevision: record.revision }, true, operation);
    return { outcome: 'restored' };
  });
}

/** Puts a record that nobody vouches for aside, and the other store's artifact in its place. */
async function replaceRecord(
  { at, storage, id, found, operation }: Repairing,
  other: Session | undefined,
): Promise<RepairResult> {
  const transaction = new Transaction(storage, await at.prepare(storage), id);
  return borrowed(other, id, operation, async (loan) => {
    if (loan === undefined) {
      // Of a missing key or of a newer release nobody can say that the record is bad.
      if (found.code !== 'BAD_RECORD') return { outcome: 'left', error: found.error };
      return { outcome: 'quarantined', quarantined: await quarantine(transaction, found.code) };
    }
    const { reading, original } = loan;
    // Read to its end before anything is put aside: what takes the place has to be whole.
    for await (const chunk of contentOf(reading, original, 0, original.record.sizeBytes)) void chunk;
    const quarantined = await quarantine(transaction, found.code);
    await sendContent(reading, original, at, original.record, { ifGeneration: 0 }, true, operation);
    return { outcome: 'restored', quarantined };
  });
}

/** A verified artifact of the other store, and where its content is read from. */
interface Loan {
  readonly reading: Storage;
  readonly original: StoredRecordWithTail<ArtifactRecord>;
}

async function borrowed(
  other: Session | undefined,
  id: string,
  operation: OperationOptions,
  use: (loan: Loan | undefined) => Promise<RepairResult>,
): Promise<RepairResult> {
  if (other === undefined) return use(undefined);
  return other.run('download', id, operation, async (reading) => {
    const original = await readRecordWithTail(reading, id);
    if (!isArtifact(original)) return use(undefined);
    requireTail(original);
    return use({ reading, original });
  });
}

function otherStore(from: ArtifactReader<unknown> | undefined, namespace: string | undefined): Session | undefined {
  const session = ArtifactReader.sessionOf(from);
  const whole = session?.environment.scope.namespace === undefined;
  return namespace !== undefined && whole ? session?.namespace(namespace) : session;
}
