import { judgeConditions, retained, type Conditions } from './conditions.ts';
import { freshName, type Environment } from './environment.ts';
import { invalidArgument } from './errors.ts';
import { futureTime, requireField } from './fields.ts';
import type { JsonObject } from './json.ts';
import { tidy } from './markers.ts';
import { checkMetadata, typedMetadata } from './metadata-schema.ts';
import type { OperationOptions } from './operation.ts';
import { isArtifact, readRecordWithTail, requireTail } from './read-record.ts';
import { sealRecord, toMetadata, type ArtifactRecord, type VerifiedRecord } from './record.ts';
import { notFound, requireUnexpired } from './refusals.ts';
import { expiryMarkerOf, type Transaction } from './transaction.ts';

/** What an update changes; what is left out stays, and `null` removes it. */
export interface ArtifactChanges<Metadata = JsonObject> {
  readonly expiresAt?: Date | number | null | undefined;
  /** Never earlier than it was, as long as it has not passed. */
  readonly retainUntil?: Date | number | null | undefined;
  readonly hold?: boolean | undefined;
  /** Replaces all metadata. */
  readonly metadata?: Metadata | undefined;
}

export interface UpdateOptions extends OperationOptions, Conditions {}

/** Changes as they will stand in the record: a member that is present is set, to `undefined` to remove it. */
export type CheckedChanges = Partial<Pick<ArtifactRecord, 'expiresAt' | 'retainUntil' | 'hold' | 'metadata'>>;

/** Checks changes before any I/O. @throws `INVALID_ARGUMENT` */
export function checkChanges(
  changes: ArtifactChanges<unknown>,
  { metadataSchema, now: clock }: Environment,
): CheckedChanges {
  const now = clock();
  const { expiresAt, retainUntil, hold, metadata } = changes;
  requireField('hold', hold, hold === undefined || typeof hold === 'boolean' ? undefined : 'is not a boolean');
  const checked = {
    ...(expiresAt !== undefined && {
      expiresAt: expiresAt === null ? undefined : futureTime('expiresAt', expiresAt, now),
    }),
    ...(retainUntil !== undefined && {
      retainUntil: retainUntil === null ? undefined : futureTime('retainUntil', retainUntil, now),
    }),
    ...(hold !== undefined && { hold: hold ? (true as const) : undefined }),
    ...(metadata !== undefined && { metadata: checkMetadata(metadataSchema, metadata).stored }),
  };
  if (Object.keys(checked).length === 0) {
    throw invalidArgument('changes', 'changes name nothing to change: give expiresAt, retainUntil, hold or metadata');
  }
  return checked;
}

/** Writes a new record over the same content (format: Update). */
export function updateArtifact(
  transaction: Transaction,
  changes: CheckedChanges,
  conditions: Conditions,
): Promise<{ readonly stored: VerifiedRecord<ArtifactRecord>; readonly seen: unknown }> {
  return transaction.untilWon(async () => {
    const { storage, environment, id } = transaction;
    const current = await readRecordWithTail(storage, id);
    if (!isArtifact(current)) throw notFound(id);
    const now = environment.now();
    judgeConditions(id, conditions, current.record);
    requireUnexpired(current.record, now);
    requireLongerRetention(current.record, changes, now);
    requireTail(current);
    const record = changed(current.record, changes, environment);
    // Before the commit: what readers could not be given is not written, however it came into the record.
    const { metadata: seen } = typedMetadata(environment.metadataSchema, toMetadata({ ...current, record }));
    await transaction.allowance?.leaves(current.record.revision);
    const sealed = await sealRecord(environment.keys, environment.scope, record, current.tail);
    const result = await transaction.replace(sealed, current, { leaving: undefined });
    if (result === 'lost') return result;
    await tidy(storage, [expiryMarkerOf(current)]);
    return { stored: sealed, seen };
  });
}

function changed(record: ArtifactRecord, changes: CheckedChanges, environment: Environment): ArtifactRecord {
  return { ...record, ...changes, revision: freshName(environment), replaces: record.revision };
}

function requireLongerRetention({ id, retainUntil }: ArtifactRecord, changes: CheckedChanges, now: number): void {
  if (!('retainUntil' in changes) || retainUntil === undefined || retainUntil <= now) return;
  if (changes.retainUntil === undefined || changes.retainUntil < retainUntil) {
    throw retained(id, `retained until ${new Date(retainUntil).toISOString()}, and retention is never shortened`);
  }
}
