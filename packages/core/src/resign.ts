import { requireCapability } from './conditions.ts';
import { freshName } from './environment.ts';
import { invalidArgument, type InvalidEntry } from './errors.ts';
import { inOrder } from './in-order.ts';
import { isKeyId, keyIdRule, type ActiveKeys } from './keyring.ts';
import { tidy } from './markers.ts';
import type { OperationOptions } from './operation.ts';
import { requireProgress } from './progress.ts';
import { isArtifact, readRecordWithTail, requireTail, type StoredRecordWithTail } from './read-record.ts';
import { sealRecord, type ArtifactRecord, type SealedRecord, type Tombstone } from './record.ts';
import { atOnce, requirePass, type PassOptions } from './pass-options.ts';
import {
  allRecords,
  failureOf,
  Failures,
  nobodysRecord,
  partsOf,
  type PassedRecord,
  type PassFailures,
} from './record-pass.ts';
import { resignLedger } from './resign-ledger.ts';
import type { Session } from './session.ts';
import { signersOf } from './signing.ts';
import type { Storage } from './storage.ts';
import { expiryMarkerOf, Transaction } from './transaction.ts';
import { isSame, isVouchedForBy, vouchersOf } from './vouching-keys.ts';

export interface ResignOptions extends PassOptions {
  /** The keys that are to sign. Unless they are the active ones, nothing is done: a process that does not know the new key yet. */
  readonly to?: ActiveKeys | undefined;
  /** Is told after each record. Can neither change nor break anything. */
  readonly onProgress?: ((progress: ResignProgress) => void) | undefined;
}

/** How far signing anew has come. */
export interface ResignProgress {
  readonly resigned: number;
  readonly unchanged: number;
  readonly failed: number;
  /** Where another run may go on, when this one is ended. */
  readonly cursor: string;
}

export interface ResignReport extends PassFailures {
  /** Records that were signed anew, those of deleted artifacts included. */
  readonly resigned: number;
  /** Records that the active keys alone had signed already. */
  readonly unchanged: number;
  /**
   * For each other key that a record was signed with, how many still are: 0 when none needs it. It tells of what this run came
   * to; what a process that does not know the new key yet signs meanwhile, {@link ArtifactReader.keyUsage} tells.
   */
  readonly remaining: Readonly<Record<string, number>>;
}

/** What became of one record, and which keys that are no longer active it still needs. */
type Outcome = (InvalidEntry | { readonly state: 'resigned' | 'unchanged' | 'gone' }) & {
  readonly cursor: string;
  readonly former: readonly string[];
};

/** @throws `INVALID_ARGUMENT` */
export function requireResign(options: ResignOptions): string | undefined {
  requireProgress(options.onProgress);
  const to = [options.to ?? []].flat();
  if (!to.every((keyId) => typeof keyId === 'string' && isKeyId(keyId)))
    throw invalidArgument('to', `to is not a key id: ${keyIdRule}`);
  return requirePass(options);
}

/** Signs every record anew that is not signed by the active keys, and by them alone. Content stays where it is. */
export async function resignAll(
  session: Session,
  storage: Storage,
  options: ResignOptions,
  after: string | undefined,
): Promise<ResignReport> {
  const { environment, lifetime } = storage;
  const active = await requireActive(storage, options.to);
  const capabilities = await session.prepare(storage);
  requireCapability(capabilities, 'compareAndSwap', environment.backend.name, 'resign');
  const failures = new Failures();
  const counts = { resigned: 0, unchanged: 0, gone: 0 };
  const remaining = new Map<string, number>();
  const { context, onProgress } = options;
  const one = (at: PassedRecord) => resignOne(at, active, { context, signal: lifetime.signal });
  for await (const outcome of inOrder(allRecords(session, storage, after), atOnce(options), lifetime, one)) {
    const failed = 'error' in outcome;
    if (failed) failures.add(outcome);
    else counts[outcome.state] += 1;
    for (const keyId of outcome.former) remaining.set(keyId, (remaining.get(keyId) ?? 0) + (failed ? 1 : 0));
    const { resigned, unchanged } = counts;
    if (onProgress !== undefined)
      environment.observers.tell(() =>
        onProgress({ resigned, unchanged, failed: failures.count, cursor: outcome.cursor }),
      );
  }
  for await (const part of partsOf(session, storage)) await resignLedger(part.storage, active);
  const { resigned, unchanged } = counts;
  return { resigned, unchanged, remaining: Object.fromEntries(remaining), ...failures.report };
}

/** @throws `INVALID_ARGUMENT` when other keys than `to` would sign */
async function requireActive({ environment }: Storage, to: ActiveKeys | undefined): Promise<ReadonlySet<string>> {
  const active = new Set(signersOf(await environment.keys.active()).map(({ keyid }) => keyid));
  const asked = to === undefined ? active : new Set([to].flat());
  if (isSame(asked, active)) return active;
  throw invalidArgument(
    'to',
    `the keys that sign are ${[...active].join(', ')}, not ${[...asked].join(', ')}: make those active first`,
  );
}

/** One record is an operation of its own, so that observers and audit see each. */
async function resignOne(
  passed: PassedRecord,
  active: ReadonlySet<string>,
  options: OperationOptions,
): Promise<Outcome> {
  const { session, namespace, id, cursor } = passed;
  if (id === undefined) return { ...nobodysRecord(passed), cursor, former: [] };
  let former: readonly string[] = [];
  try {
    const state = await session.run('resign', id, options, async (storage, operation) => {
      const transaction = new Transaction(storage, await session.prepare(storage), id);
      return transaction.untilWon(async () => {
        const current = await readRecordWithTail(storage, id);
        if (current === undefined) return 'gone';
        const vouchers = await vouchersOf(storage.environment.keys, current.line);
        former = vouchers.good.filter((keyId) => !active.has(keyId));
        if (isVouchedForBy(vouchers, active)) return 'unchanged';
        if (isArtifact(current)) requireTail(current);
        await session.leaves(storage, id, current.record.revision);
        const sealed = await sealAnew(storage, current);
        if ((await transaction.replace(sealed, current, { leaving: undefined })) === 'lost') return 'lost';
        await tidy(storage, [expiryMarkerOf(current)]);
        operation.learn({ generation: sealed.record.generation, keyId: sealed.keyId });
        return 'resigned';
      });
    });
    return { state, cursor, former };
  } catch (error) {
    const failure = failureOf(error, namespace, id);
    if (failure === undefined) throw error;
    return { ...failure, cursor, former };
  }
}

/** The same statement under a new revision: whoever reads back after a lost answer must be able to tell it from the old one. */
function sealAnew(
  storage: Storage,
  { record, tail }: StoredRecordWithTail,
): Promise<SealedRecord<ArtifactRecord | Tombstone>> {
  const { keys, scope } = storage.environment;
  return sealRecord(
    keys,
    scope,
    { ...record, revision: freshName(storage.environment), replaces: record.revision },
    tail,
  );
}
