import type { OperationEnd, OperationStart } from '@artifacts/core';

const maxActor = 256;

/** What a line says beside its place in the chain, in the order in which it is written. */
export interface Entry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly type: 'opened' | 'begin' | 'end' | 'dropped';
  readonly [member: string]: string | number | object | undefined;
}

export function beginOf(event: OperationStart, actor: string | undefined): Entry {
  return { time: event.startedAt, type: 'begin', ...subjectOf(event, actor) };
}

/** Of the outcome the code alone: messages may quote what must not be here. */
export function endOf(event: OperationEnd, actor: string | undefined): Entry {
  const { startedAt, durationMs, outcome, generation, sha256, keyId, swept, bytes } = event;
  return {
    time: Math.round(startedAt + durationMs),
    type: 'end',
    ...subjectOf(event, actor),
    // A backend may throw whatever it calls a code.
    outcome: /^[A-Z_]{1,40}$|^ok$|^aborted$/.test(outcome) ? outcome : 'BACKEND',
    generation,
    sha256,
    keyId,
    swept,
    bytes,
    durationMs: Math.round(durationMs),
  };
}

/** Operations that were to be recorded and could not be. */
export function droppedOf(operations: number, time: number): Entry {
  return { time, type: 'dropped', operations };
}

function subjectOf({ operationId, operation, store, namespace, id }: OperationStart, actor: string | undefined) {
  return { operationId, operation, store, namespace, id, actor: actor?.slice(0, maxActor) };
}
