import { tracingChannel } from 'node:diagnostics_channel';

import type { ErrorCode } from './errors.ts';
import type { SweepCounts } from './sweep-report.ts';

export type OperationName =
  | 'upload'
  | 'download'
  | 'getMetadata'
  | 'list'
  | 'page'
  | 'update'
  | 'delete'
  | 'usage'
  | 'recount'
  | 'resign'
  | 'keyUsage'
  | 'migrate'
  | 'verify'
  | 'repair'
  | 'sweep'
  | 'ready'
  | 'healthCheck';

/** An operation that began. */
export interface OperationStart {
  /** Joins the events of one operation and of its storage calls. */
  readonly operationId: string;
  readonly operation: OperationName;
  /** The store's label, and the name of its backend. */
  readonly store: string;
  readonly backend: string;
  /** The namespace, where the operation is within one. */
  readonly namespace?: string | undefined;
  /** The artifact, where the operation is about one. */
  readonly id?: string | undefined;
  /** The caller's own value, as given with the operation or found in the store's `AsyncLocalStorage`. */
  readonly context?: unknown;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** An operation that ended. A download ends when its content was read, failed, or was dropped. */
export interface OperationEnd extends OperationStart {
  readonly outcome: 'ok' | 'aborted' | ErrorCode;
  readonly durationMs: number;
  /** Bytes of content that were taken in or handed out. */
  readonly bytes: number;
  readonly generation?: number | undefined;
  readonly sha256?: string | undefined;
  /** The key that vouches for the record; after `SIGNATURE_INVALID` and `KEY_REVOKED` the one of the keyring that it names. */
  readonly keyId?: string | undefined;
  /** The argument that a failure names: with `INTEGRITY`, what was given was wrong, and not what is stored. */
  readonly field?: string | undefined;
  /** What a sweep did; not of a dry run. */
  readonly swept?: SweepCounts | undefined;
  /** Storage calls, and how many of them were made again after a passing failure. */
  readonly requests: number;
  readonly retries: number;
  /** Records that were neither read nor verified again, because the storage named a version that had verified before. */
  readonly cacheHits: number;
}

/**
 * Watches operations; can neither change nor break them. What an observer throws goes to `process.emitWarning` the first
 * time and is counted from then on.
 */
export interface Observer {
  start?(event: OperationStart): void;
  end?(event: OperationEnd): void;
}

/** One call of the backend, as published on `artifacts:storage`; a listing until it was left, a read until its content begins. */
export interface StorageEvent {
  readonly operationId: string;
  readonly backend: string;
  readonly call: 'capabilities' | 'write' | 'read' | 'delete' | 'list' | 'discardUnfinished' | 'check';
  readonly key?: string | undefined;
}

/** Message of the operation channel: the start, joined by `end` and `error` when it ended. */
export interface OperationMessage {
  readonly start: OperationStart;
  end?: OperationEnd;
  error?: unknown;
}

/** `node:diagnostics_channel` tracing channels; a process's tracers subscribe to them by name. */
export const operationChannel = tracingChannel<unknown, OperationMessage>('artifacts:operation');
export const storageChannel = tracingChannel<unknown, StorageEvent & { error?: unknown }>('artifacts:storage');

/** All observers of a store. */
export class Observers {
  readonly #observers: readonly Observer[];
  #failures = 0;

  constructor(observers: readonly Observer[]) {
    this.#observers = [...observers];
  }

  get any(): boolean {
    return this.#observers.length > 0;
  }

  /** How often an observer threw. */
  get failures(): number {
    return this.#failures;
  }

  start(event: OperationStart): void {
    for (const observer of this.#observers) this.tell(() => observer.start?.(event));
  }

  end(event: OperationEnd): void {
    for (const observer of this.#observers) this.tell(() => observer.end?.(event));
  }

  /** Calls what only watches: however it fails, nothing comes of it but a warning. */
  tell(call: () => unknown): void {
    try {
      const told = call();
      // An async observer is not waited for; unheard, its rejection would end the process.
      if (told instanceof Promise) told.catch((error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    if (this.#failures > 1) return;
    const what = error instanceof Error ? error.message : 'something that is not an Error';
    process.emitWarning(
      `an observer of the artifact store threw: ${what}; later ones are only counted`,
      'ArtifactObserverWarning',
    );
  }
}
