import type { Lifetime } from './abort.ts';
import type { WriteCondition } from './backend.ts';
import { maxEnvelopeBytes } from './envelope.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { recordKey } from './layout.ts';
import { openRecord, splitLine, type ArtifactRecord, type SealedRecord, type Tombstone } from './record.ts';
import { maxTailBytes } from './read-record.ts';
import { mayHaveBeenApplied, type Storage } from './storage.ts';

const maxSends = 4;

/** A sealed record, and what must hold for it to be written. */
export interface Proposal {
  readonly sealed: SealedRecord<ArtifactRecord | Tombstone>;
  /** `undefined` only where the backend has no conditions: then the last writer wins. */
  readonly condition: WriteCondition | undefined;
  /**
   * Whether deletes leave tombstones here. Without them a record that is sent again can bring back an artifact that was
   * deleted in between, content and all gone, and nothing that is found proves that ours was never there.
   */
  readonly tombstones: boolean;
  /** Whether it is too late to send it: what it names may be swept. */
  readonly late: () => boolean;
}

/** `version` of the committed object, or `lost` when somebody else's record is there. */
export type CommitResult = { readonly version: string } | 'lost';

/**
 * Writes a record: the commit point. An answer that was lost is asked for again with the same bytes under the same
 * condition; a condition that fails after that may have failed on our own first attempt, so the record is read back
 * (format: Lost answer).
 *
 * @throws `OUTCOME_UNKNOWN` when it cannot be known, the caller's own reason after an abort (then it is not known either);
 * anything else means that nothing was written
 */
export async function commit(storage: Storage, proposal: Proposal): Promise<CommitResult> {
  const { condition } = proposal;
  const { record, bytes } = proposal.sealed;
  const key = recordKey(record.id);
  const retainUntil = 'retainUntil' in record ? record.retainUntil : undefined;
  let doubt: unknown;
  const sends = proposal.tombstones ? maxSends : 1;
  for (let send = 1; send <= sends; send += 1) {
    try {
      const { version } = await storage.putOnce(key, bytes, condition, retainUntil);
      return { version };
    } catch (error) {
      if (storage.lifetime.aborted) throw interrupted(storage.lifetime, record);
      if (isArtifactError(error, 'PRECONDITION_FAILED')) {
        if (doubt === undefined) return 'lost';
        break;
      }
      // An answer that says no to the second send says nothing of the first.
      if (!mayHaveBeenApplied(error)) {
        if (doubt === undefined) throw error;
        break;
      }
      doubt = error;
      // The backend looked already; its object may be there without being durable, so finding it proves nothing.
      if (isArtifactError(error, 'OUTCOME_UNKNOWN')) throw outcomeUnknown(record, error);
      if (proposal.late()) break;
      if (send < sends) await storage.pause(send).catch(() => Promise.reject(interrupted(storage.lifetime, record)));
    }
  }
  // A record that cannot be read leaves the outcome as open as it was.
  const outcome = await readBack(storage, proposal).catch(() => 'unknown' as const);
  if (outcome !== 'unknown') return outcome;
  throw outcomeUnknown(record, doubt);
}

/**
 * What became of a record whose answer was lost. Ours is there: it was committed. Another is there that was written over
 * the very record that ours was to replace, or over nothing, as ours was: then ours never was. Anything else may have
 * come after ours: a later version, an update, a tombstone, or a new artifact over one.
 */
async function readBack(
  storage: Storage,
  { sealed: { record, bytes }, tombstones }: Proposal,
): Promise<CommitResult | 'unknown'> {
  const object = await storage.get(recordKey(record.id), maxEnvelopeBytes + 1 + maxTailBytes);
  if (object === undefined) return 'unknown';
  if (Buffer.compare(object.bytes, bytes) === 0) return { version: object.info.version };
  const split = splitLine(object.bytes);
  if (split === undefined || !tombstones) return 'unknown';
  const { record: found } = await openRecord(
    storage.environment.keys,
    storage.environment.scope,
    record.id,
    split.line,
  );
  return found.replaces === record.replaces ? 'lost' : 'unknown';
}

/**
 * The version of the very object that was to be written, if it is there. What stands between may send a request twice, and then the
 * answer is that of the second, whose condition the first has made fail.
 */
export async function foundAsSent(
  storage: Storage,
  { record, bytes }: SealedRecord<ArtifactRecord | Tombstone>,
): Promise<string | undefined> {
  try {
    const object = await storage.get(recordKey(record.id), bytes.length + 1);
    return object !== undefined && Buffer.compare(object.bytes, bytes) === 0 ? object.info.version : undefined;
  } catch (error) {
    throw unsettled(storage, record, error);
  }
}

/** An abort is the caller's own reason; our own time limit leaves a caller who needs to be told. */
function interrupted(lifetime: Lifetime, record: ArtifactRecord | Tombstone): unknown {
  return lifetime.ranOut ? outcomeUnknown(record, lifetime.reason) : lifetime.reason;
}

/** What to tell of a record that was committed and then could not be looked after. */
export function unsettled(storage: Storage, record: ArtifactRecord | Tombstone, cause: unknown): unknown {
  return storage.lifetime.aborted ? interrupted(storage.lifetime, record) : outcomeUnknown(record, cause);
}

function outcomeUnknown(record: ArtifactRecord | Tombstone, cause: unknown): ArtifactError {
  return new ArtifactError(
    'OUTCOME_UNKNOWN',
    `artifact "${record.id}" may or may not have been written: look at it, or try again`,
    {
      artifactId: record.id,
      revision: record.revision,
      cause,
    },
  );
}
