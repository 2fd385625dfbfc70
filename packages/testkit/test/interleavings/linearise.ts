import { type Artifact, describeArtifact, type Role } from './client.ts';
import type { Operation, Outcome } from './operations.ts';

/** One operation of a history. */
export interface Event {
  readonly operation: Operation;
  readonly role: Role;
  /** `undefined` when it crashed: it may or may not have happened. */
  readonly outcome: Outcome | undefined;
  /** Which events, by index, had ended before this one began. */
  readonly after: ReadonlySet<number>;
}

/**
 * Whether some order of the events, one at a time and each at a moment between its beginning and its end, explains every
 * outcome and what is there in the end. What crashed or came to `OUTCOME_UNKNOWN` may be left out; a reader that came to
 * `SUPERSEDED` beside a writer is.
 */
export function isLinearisable(
  events: readonly Event[],
  initial: Artifact | undefined,
  final: Artifact | undefined,
): boolean {
  const wanted = describeArtifact(final);
  const remaining = new Set(events.keys());
  const search = (found: Artifact | undefined): boolean => {
    if (remaining.size === 0) return describeArtifact(found) === wanted;
    for (const [index, event] of events.entries()) {
      if (!remaining.has(index) || [...event.after].some((earlier) => remaining.has(earlier))) continue;
      remaining.delete(index);
      const explained = effectsOf(event, events, index, found).some((next) => search(next));
      remaining.add(index);
      if (explained) return true;
    }
    return false;
  };
  return search(initial);
}

/** What may be there after the event, if it took place now and had its outcome. */
function effectsOf(
  { operation, role, outcome }: Event,
  events: readonly Event[],
  index: number,
  found: Artifact | undefined,
): (Artifact | undefined)[] {
  const allowed = operation.model(found, role);
  const happened = 'next' in allowed ? allowed.next : found;
  const open = outcome === undefined || ('code' in outcome && outcome.code === 'OUTCOME_UNKNOWN');
  if (open || operation.sweeps === true) return [found, happened];
  if ('code' in outcome) {
    const { code } = outcome;
    // A read that the storage failed says nothing of what is there.
    const gaveUp =
      operation.reads && (code === 'UNAVAILABLE' || (code === 'SUPERSEDED' && hasConcurrentWriter(events, index)));
    return gaveUp || ('refusals' in allowed && allowed.refusals.includes(code)) ? [found] : [];
  }
  return 'value' in allowed && allowed.value === outcome.value ? [happened] : [];
}

function hasConcurrentWriter(events: readonly Event[], index: number): boolean {
  return events.some(
    ({ operation, after }, other) => !operation.reads && !after.has(index) && events[index]?.after.has(other) !== true,
  );
}
