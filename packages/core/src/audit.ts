import { bounded, Lifetime } from './abort.ts';
import { ArtifactError } from './errors.ts';
import type { OperationEnd, OperationStart } from './events.ts';

/**
 * An audit trail that a store must not work without, given as its option `audit`. Not an observer: operations wait for it, and
 * fail with it.
 */
export interface AuditSink {
  /**
   * Must resolve only when the entry would survive a crash: nothing is read or written for the operation before. When it
   * rejects, or takes no less than `idleTimeoutMs`, the operation fails with `UNAVAILABLE`, and nothing was done.
   */
  begin(event: OperationStart): Promise<void>;
  /**
   * How the operation ended; is asked only for what `begin` took. Must resolve only when the entry would survive a crash. When
   * it rejects after a success, the caller hears `AUDIT_INCOMPLETE`; after a failure, the failure.
   */
  end(event: OperationEnd): Promise<void>;
}

/** @throws `UNAVAILABLE`, or the reason of the lifetime's abort */
export async function enterBegin(
  audit: AuditSink,
  lifetime: Lifetime,
  idleTimeoutMs: number,
  start: OperationStart,
): Promise<void> {
  try {
    await bounded(lifetime, idleTimeoutMs, 'the audit trail', () => audit.begin(start));
  } catch (cause) {
    lifetime.throwIfAborted();
    throw new ArtifactError(
      'UNAVAILABLE',
      `the audit trail did not take the beginning of ${described(start)}: nothing was done`,
      { field: 'audit', cause },
    );
  }
}

/** Outlives the operation's time, because the trail has to say what became of it. @throws `AUDIT_INCOMPLETE` */
export async function enterEnd(audit: AuditSink, idleTimeoutMs: number, end: OperationEnd): Promise<void> {
  const lifetime = new Lifetime(undefined, idleTimeoutMs, 'the audit trail');
  try {
    await bounded(lifetime, idleTimeoutMs, 'the audit trail', () => audit.end(end));
  } catch (cause) {
    throw new ArtifactError('AUDIT_INCOMPLETE', `${described(end)} is done, and the audit trail lacks its end`, {
      artifactId: end.id,
      field: 'audit',
      cause,
    });
  } finally {
    lifetime.end();
  }
}

function described({ operation, id }: OperationStart): string {
  return id === undefined ? operation : `${operation} of artifact "${id}"`;
}
