import type { OperationEnd, OperationStart } from '@artifacts/core';

const maxActor = 256;

/** What a line says beside its place in the chain. */
export interface Entry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** In the order in which they are written. */
  readonly members: {
    readonly type: 'opened' | 'begin' | 'end' | 'dropped';
    readonly [member: string]: string | number | object | undefined;
  };
}

export function beginOf(event: OperationStart, actor: string | undefined): Entry {
  const { startedAt: time, operationId, operation, store, namespace, id } = event;
  return {
    time,
    members: { type: 'begin', operationId, operation, store, namespace, id, actor: actor?.slice(0, maxActor) },
  };
}

/** Of the outcome the code alone: messages may quote what must not be here. */
export function endOf(event: OperationEnd, actor: string | undefined): Entry {
  const { operationId, operation, store, namespace, id, outcome, generation, sha256, keyId, swept, bytes } = event;
  const members = {
    type: 'end',
    operationId,
    operation,
    store,
    namespace,
    id,
    actor: actor?.slice(0, maxActor),
    // A backend may throw whatever it calls a code.
    outcome: outcome === 'ok' || /^(?:[A-Z_]{1,40}|aborted)$/.test(outcome) ? outcome : 'BACKEND',
    generation,
    sha256,
    keyId,
    swept,
    bytes,
    durationMs: Math.round(event.durationMs),
  } as const;
  return { time: Math.round(event.startedAt + event.durationMs), members };
}

/** The first line of a file, or of what a process adds to one. */
export function openedOf(log: string, unsigned: number, torn: readonly string[], time: number): Entry {
  return { time, members: { type: 'opened', log, unsigned, torn: torn.length > 0 ? torn : undefined } };
}

/** Operations that were to be recorded and could not be. */
export function droppedOf(operations: number, time: number): Entry {
  return { time, members: { type: 'dropped', operations } };
}
