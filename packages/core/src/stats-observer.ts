import { isErrorCode, type ErrorCode } from './error-codes.ts';
import type { Observer, OperationEnd, OperationName } from './events.ts';

/** What ended so far. */
export interface OperationStats {
  /** All of it, aborted operations included. */
  readonly total: number;
  readonly successes: number;
  /** What ended with an error code, refusals such as `NOT_FOUND` included; `codes` tells them apart. */
  readonly failures: number;
  /** Neither success nor failure: its caller no longer wanted to know. */
  readonly aborted: number;
  /** The share of successes in what succeeded or failed, from 0 to 1; 1 as long as there is neither. */
  readonly successRate: number;
  /** Bytes of content that uploads took in. */
  readonly bytesIn: number;
  /** Bytes of content that downloads handed out, also those that failed or were aborted later. */
  readonly bytesOut: number;
  /** Of what succeeded or failed, in milliseconds; 0 as long as there is neither. */
  readonly averageDurationMs: number;
  /** How often each code was the outcome; no entry where it never was. */
  readonly codes: Readonly<Partial<Record<ErrorCode, number>>>;
}

/** What ended so far, in total and by operation; no entry for an operation that never ended. */
export interface StoreStats extends OperationStats {
  readonly operations: Readonly<Partial<Record<OperationName, OperationStats>>>;
}

/** Counts operations; to be given to stores as one of their `observers`. */
export interface StatsObserver extends Observer {
  end(event: OperationEnd): void;
  /** What ended since the beginning or the last reset. A copy, which later operations do not change. */
  stats(): StoreStats;
  /** Begins anew. An operation under way counts when it ends. */
  reset(): void;
}

/**
 * Counts what the stores do that it observes, in memory that does not grow: at most one number for each operation and code,
 * whatever ids and errors there are. `@artifacts/metrics-prometheus` adds percentiles and time series.
 */
export function statsObserver(): StatsObserver {
  return new Counter();
}

class Counter implements StatsObserver {
  #tallies = new Map<OperationName, Tally>();

  end(event: OperationEnd): void {
    let tally = this.#tallies.get(event.operation);
    if (tally === undefined) {
      tally = new Tally();
      this.#tallies.set(event.operation, tally);
    }
    tally.count(event);
  }

  stats(): StoreStats {
    const total = new Tally();
    for (const tally of this.#tallies.values()) total.add(tally);
    const operations = Array.from(this.#tallies, ([operation, tally]) => [operation, tally.stats()]);
    return { ...total.stats(), operations: Object.fromEntries(operations) as StoreStats['operations'] };
  }

  reset(): void {
    this.#tallies = new Map();
  }
}

class Tally {
  #successes = 0;
  #aborted = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #durationMs = 0;
  readonly #codes = new Map<ErrorCode, number>();

  count({ operation, outcome, bytes, durationMs }: OperationEnd): void {
    if (operation === 'upload') this.#bytesIn += bytes;
    else this.#bytesOut += bytes;
    if (outcome === 'aborted') {
      this.#aborted += 1;
      return;
    }
    this.#durationMs += durationMs;
    if (outcome === 'ok') this.#successes += 1;
    // A backend may throw whatever it calls a code, and there must not be an entry for each.
    else this.#addCode(isErrorCode(outcome) ? outcome : 'BACKEND', 1);
  }

  add(other: Tally): void {
    this.#successes += other.#successes;
    this.#aborted += other.#aborted;
    this.#bytesIn += other.#bytesIn;
    this.#bytesOut += other.#bytesOut;
    this.#durationMs += other.#durationMs;
    for (const [code, count] of other.#codes) this.#addCode(code, count);
  }

  stats(): OperationStats {
    const successes = this.#successes;
    const failures = [...this.#codes.values()].reduce((sum, count) => sum + count, 0);
    const judged = successes + failures;
    return {
      total: judged + this.#aborted,
      successes,
      failures,
      aborted: this.#aborted,
      successRate: judged === 0 ? 1 : successes / judged,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      averageDurationMs: judged === 0 ? 0 : this.#durationMs / judged,
      codes: Object.fromEntries(this.#codes),
    };
  }

  #addCode(code: ErrorCode, count: number): void {
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + count);
  }
}
