import {
  statsObserver,
  type OperationEnd,
  type OperationName,
  type OperationStats,
  type StoreStats,
} from '@artifacts/core';

import { Durations } from './durations.ts';
import { operationLabel } from './labels.ts';

/** Of what succeeded or failed, in milliseconds, right to 2 %; 0 as long as there is neither. */
export interface Percentiles {
  readonly p50DurationMs: number;
  readonly p95DurationMs: number;
  readonly p99DurationMs: number;
}

/** What ended so far, in total and by operation; no entry for an operation that never ended. */
export interface MetricsStats extends OperationStats, Percentiles {
  /** What this release has no name for is `other`. */
  readonly operations: Readonly<Partial<Record<OperationName | 'other', OperationStats & Percentiles>>>;
}

/** Adds percentiles to what core counts. */
export class Stats {
  readonly #counted = statsObserver();
  readonly #durations = new Map<string, Durations>();

  end(event: OperationEnd): void {
    const operation = operationLabel(event.operation);
    this.#counted.end(operation === event.operation ? event : { ...event, operation: operation as OperationName });
    if (event.outcome === 'aborted') return;
    let durations = this.#durations.get(operation);
    if (durations === undefined) {
      durations = new Durations();
      this.#durations.set(operation, durations);
    }
    durations.add(event.durationMs);
  }

  stats(): MetricsStats {
    const { operations, ...total }: StoreStats = this.#counted.stats();
    const all = new Durations();
    for (const durations of this.#durations.values()) all.merge(durations);
    const each = Object.entries(operations).map(([name, stats]) => [
      name,
      { ...stats, ...percentilesOf(this.#durations.get(name) ?? new Durations()) },
    ]);
    return {
      ...total,
      ...percentilesOf(all),
      operations: Object.fromEntries(each) as MetricsStats['operations'],
    };
  }
}

function percentilesOf(durations: Durations): Percentiles {
  return {
    p50DurationMs: durations.percentile(0.5),
    p95DurationMs: durations.percentile(0.95),
    p99DurationMs: durations.percentile(0.99),
  };
}
