import type { Entry } from './entry.ts';
import type { AuditHead } from './line.ts';

interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** A line that is to be written. */
export interface Waiting {
  readonly entry: Entry;
  /** Absent where nobody waits: then it is the line of an observer. */
  readonly settle?: Settle<void>;
}

/** Somebody who waits for the log to be open, or for all that was given so far to be signed. */
export interface Asked {
  readonly signs: boolean;
  /** How many lines were given before. */
  readonly after: number;
  readonly settle: Settle<AuditHead>;
}

/** What is to be done, in the order in which it was given. */
export class Queue {
  readonly #maxNotes: number;
  #waiting: Waiting[] = [];
  #asked: Asked[] = [];
  #notes = 0;
  #taken = 0;
  #awaited = 0;

  /** @param maxNotes - How many lines of observers may wait. */
  constructor(maxNotes: number) {
    this.#maxNotes = maxNotes;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#asked.length === 0;
  }

  /** How many lines wait to be written. */
  get lines(): number {
    return this.#waiting.length;
  }

  /** Whether somebody waits for any of it. */
  get isAwaited(): boolean {
    return this.#awaited > 0;
  }

  /** Gives whether there was room. */
  note(entry: Entry): boolean {
    if (this.#notes >= this.#maxNotes) return false;
    this.#notes += 1;
    this.#waiting.push({ entry });
    return true;
  }

  enter(entry: Entry): Promise<void> {
    this.#awaited += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, settle: { resolve, reject } });
    });
  }

  ask(signs: boolean): Promise<AuditHead> {
    this.#awaited += 1;
    const after = this.#taken + this.#waiting.length;
    return new Promise((resolve, reject) => {
      this.#asked.push({ signs, after, settle: { resolve, reject } });
    });
  }

  /** Takes so many lines, and those who asked for no later one. */
  take(lines: number): { readonly batch: readonly Waiting[]; readonly asked: readonly Asked[] } {
    const batch = this.#waiting.splice(0, lines);
    this.#taken += batch.length;
    const asked = this.#asked.filter(({ after }) => after <= this.#taken);
    this.#asked = this.#asked.slice(asked.length);
    const notes = notesIn(batch);
    this.#notes -= notes;
    this.#awaited -= batch.length - notes + asked.length;
    return { batch, asked };
  }
}

/** How many of these lines nobody waits for. */
export function notesIn(batch: readonly Waiting[]): number {
  return batch.filter(({ settle }) => settle === undefined).length;
}
