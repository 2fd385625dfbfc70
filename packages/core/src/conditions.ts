import type { BackendCapabilities, WriteCondition } from './backend.ts';
import { ArtifactError, invalidArgument } from './errors.ts';
import { problemOfInteger, problemOfSha256, requireField } from './fields.ts';
import { isRevision } from './layout.ts';
import type { ArtifactRecord } from './record.ts';
import { isArtifact, type StoredRecord } from './read-record.ts';

/** What must be true of the artifact as it is now for an operation to go on. At most one of the two. */
export interface Conditions {
  /** Exactly this generation; 0 means that there is no artifact: absent, deleted or expired. */
  readonly ifGeneration?: number | undefined;
  /** Exactly this revision; safe across deletions, where generations begin anew. */
  readonly ifRevision?: string | undefined;
}

/** What a reader remembers of the artifact, against a storage that goes back in time or swaps content. */
export interface Expectations extends Conditions {
  /** An older generation than this is refused with `ROLLBACK_DETECTED`. */
  readonly minGeneration?: number | undefined;
  /** Another content than this is refused with `INTEGRITY`. */
  readonly expectedSha256?: string | undefined;
}

/** Checks the form of conditions; only an upload can ask that there be nothing. @throws `INVALID_ARGUMENT` */
export function requireConditions({ ifGeneration, ifRevision }: Conditions, minGeneration: 0 | 1): void {
  if (ifGeneration !== undefined)
    requireField('ifGeneration', ifGeneration, problemOfInteger(ifGeneration, minGeneration));
  if (ifRevision === undefined) return;
  requireField('ifRevision', ifRevision, isRevision(ifRevision) ? undefined : 'is not a revision: 32 hex digits');
  if (ifGeneration !== undefined)
    throw invalidArgument('ifRevision', 'ifRevision and ifGeneration exclude each other: give one');
}

/** @throws `INVALID_ARGUMENT` */
export function requireExpectations(expectations: Expectations): void {
  requireConditions(expectations, 1);
  const { minGeneration, expectedSha256 } = expectations;
  if (minGeneration !== undefined) requireField('minGeneration', minGeneration, problemOfInteger(minGeneration, 1));
  if (expectedSha256 !== undefined) requireField('expectedSha256', expectedSha256, problemOfSha256(expectedSha256));
}

/** The artifact that is there, where an expired one counts as gone. */
export function liveRecord(current: StoredRecord | undefined, now: number): ArtifactRecord | undefined {
  return isArtifact(current) && !isPast(current.record.expiresAt, now) ? current.record : undefined;
}

export function isPast(time: number | undefined, now: number): boolean {
  return time !== undefined && time <= now;
}

/** @throws `ALREADY_EXISTS` or `PRECONDITION_FAILED` when the conditions do not hold for the artifact that is there */
export function judgeConditions(
  id: string,
  { ifGeneration, ifRevision }: Conditions,
  live: ArtifactRecord | undefined,
): void {
  if (ifGeneration === 0 && live !== undefined) {
    const { revision, generation } = live;
    throw new ArtifactError('ALREADY_EXISTS', `artifact "${id}" already exists`, {
      artifactId: id,
      revision,
      expected: 0,
      found: generation,
    });
  }
  if (ifGeneration !== undefined && ifGeneration !== (live?.generation ?? 0)) {
    throw preconditionFailed(id, 'generation', ifGeneration, live?.generation ?? 0);
  }
  if (ifRevision !== undefined && ifRevision !== live?.revision) {
    throw preconditionFailed(id, 'revision', ifRevision, live?.revision ?? 'none');
  }
}

/** @throws `PRECONDITION_FAILED`, `ROLLBACK_DETECTED` or `INTEGRITY` */
export function judgeExpectations(id: string, expectations: Expectations, record: ArtifactRecord): void {
  judgeConditions(id, expectations, record);
  const { minGeneration, expectedSha256 } = expectations;
  if (minGeneration !== undefined && record.generation < minGeneration) {
    throw new ArtifactError(
      'ROLLBACK_DETECTED',
      `artifact "${id}" is at generation ${record.generation}, an older one than ${minGeneration}`,
      {
        artifactId: id,
        expected: minGeneration,
        found: record.generation,
      },
    );
  }
  if (expectedSha256 !== undefined && record.checksumSha256 !== expectedSha256) {
    throw new ArtifactError(
      'INTEGRITY',
      `artifact "${id}" fails its integrity check: it has another SHA-256 than expected`,
      {
        artifactId: id,
        expected: expectedSha256,
        found: record.checksumSha256,
      },
    );
  }
}

/** @throws `RETAINED` as long as the record must stay as it is */
export function judgeRetention(id: string, current: StoredRecord | undefined, now: number): void {
  if (!isArtifact(current)) return;
  const { hold, retainUntil } = current.record;
  if (hold === true) throw retained(id, 'held: release it by an update with hold: false');
  if (retainUntil !== undefined && retainUntil > now)
    throw retained(id, `retained until ${new Date(retainUntil).toISOString()}`);
}

export function retained(id: string, why: string): ArtifactError {
  return new ArtifactError('RETAINED', `artifact "${id}" is ${why}`, { artifactId: id });
}

/** How a write over what was read must be made conditional, as far as the backend can. */
export function conditionOver(
  current: Pick<StoredRecord, 'info'> | undefined,
  capabilities: BackendCapabilities,
): WriteCondition | undefined {
  if (current === undefined) return capabilities.createIfAbsent ? { absent: true } : undefined;
  return capabilities.compareAndSwap ? { version: current.info.version } : undefined;
}

/** @throws `UNSUPPORTED` when the backend lacks what `what` needs */
export function requireCapability(
  capabilities: BackendCapabilities,
  capability: keyof BackendCapabilities,
  backend: string,
  what: string,
  remedy?: string,
): void {
  if (!capabilities[capability]) throw lacking(capability, backend, what, remedy);
}

/** The refusal of what this backend has no means for. */
export function lacking(
  capability: keyof BackendCapabilities,
  backend: string,
  what: string,
  remedy = '',
): ArtifactError {
  return new ArtifactError(
    'UNSUPPORTED',
    `${what} needs a backend with ${capability}, which "${backend}" does not have here${remedy}`,
    {
      field: what,
      expected: capability,
    },
  );
}

function preconditionFailed(
  id: string,
  what: string,
  expected: string | number,
  found: string | number,
): ArtifactError {
  return new ArtifactError('PRECONDITION_FAILED', `artifact "${id}" has ${what} ${found}, not ${expected}`, {
    artifactId: id,
    expected,
    found,
  });
}
