import type { AuditSink, Observer, OperationEnd } from '@artifacts/core';

import { beginOf, endOf } from './entry.ts';
import type { AuditHead } from './line.ts';
import { checkOptions, type AuditLogOptions } from './options.ts';
import { Recorder } from './recorder.ts';

/** What became of the lines so far. */
export interface AuditStats {
  /** Operations without a line: there was no room, or writing failed. The next line that can be written tells how many. */
  readonly notRecorded: number;
  /** How often writing or signing failed. The first time becomes a warning of the process. */
  readonly failures: number;
}

/** A log that is being written. Of `observer` and `sink` a store is given one. */
export interface AuditLog {
  /**
   * Records the end of every operation, for the `observers` of a store. Neither waits nor fails: what there is no room for, or
   * cannot be written, is counted, and the count is recorded.
   */
  readonly observer: Observer;
  /** Records begin and end of every operation, for the `audit` of a store, which then does nothing that is not recorded. */
  readonly sink: AuditSink;
  readonly stats: AuditStats;
  /** The last line that is written; `undefined` before the first. Kept elsewhere, it shows later that the log was cut short. */
  readonly head: AuditHead | undefined;
  /** Opens the log, which otherwise the first operation does. @throws `CONFIGURATION` when another process writes, `INTEGRITY` when it was changed */
  ready(): Promise<void>;
  /** Signs all that was given so far, besides what is signed anyway. Gives the line of the signature. */
  checkpoint(): Promise<AuditHead>;
  /** Writes and signs what waits, and gives the log up. What comes later is refused. Call it when the operations of the store have ended. */
  close(): Promise<AuditHead | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A log of what stores do: one line of JSON per operation, each with the digest of the line before, and now and then one that is
 * signed. Ids are data in it, and no line has content, metadata or a message. May be given to any number of stores. Does no
 * I/O before the first operation.
 *
 * @throws `CONFIGURATION` with the field of the option that is wrong
 */
export function auditLog(options: AuditLogOptions): AuditLog {
  return new Log(options);
}

class Log implements AuditLog {
  readonly #recorder: Recorder;
  readonly observer: Observer;
  readonly sink: AuditSink;

  constructor(options: AuditLogOptions) {
    const checked = checkOptions(options);
    const { actor } = checked;
    const recorder = new Recorder(checked);
    this.#recorder = recorder;
    this.observer = { end: (event) => recorder.note(endOf(event, actorOr(event, actor, recorder))) };
    this.sink = {
      begin: async (event) => recorder.enter(beginOf(event, actor(event.context))),
      end: async (event) => recorder.enter(endOf(event, actor(event.context))),
    };
  }

  get stats(): AuditStats {
    const { notRecorded, failures } = this.#recorder.tally;
    return { notRecorded, failures };
  }

  get head(): AuditHead | undefined {
    return this.#recorder.head;
  }

  async ready(): Promise<void> {
    await this.#recorder.ask(false);
  }

  async checkpoint(): Promise<AuditHead> {
    return this.#recorder.ask(true);
  }

  async close(): Promise<AuditHead | undefined> {
    return this.#recorder.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** An observer records what it can: an operation whose actor cannot be told is one all the same. */
function actorOr(
  { context }: OperationEnd,
  actor: (context: unknown) => string | undefined,
  { tally }: Recorder,
): string | undefined {
  try {
    return actor(context);
  } catch (error) {
    tally.failed('the actor of an operation could not be told', error);
    return undefined;
  }
}
