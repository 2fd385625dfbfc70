import type { OperationEnd } from '@artifacts/core';

import { Count } from './count.ts';
import { ErrorCounts } from './error-counts.ts';
import type { HistogramMetric, Observations } from './histogram.ts';
import { KeyFailures } from './key-failures.ts';
import { operationLabel, operationLabels, type StoreLabels } from './labels.ts';
import type { UsageWatch } from './usage-watch.ts';

/** Where durations and sizes go. */
export interface Histograms {
  readonly durations: HistogramMetric;
  readonly sizes: HistogramMetric;
}

/** What one operation came to. */
interface Outcomes {
  readonly success: Count;
  readonly failure: Count;
  readonly aborted: Count;
  readonly durations: Observations;
}

/** Everything that is counted of one store. The number of its series is bounded, and nearly all are there from the beginning. */
export class StoreSeries {
  readonly labels: StoreLabels;
  readonly outcomes: ReadonlyMap<string, Outcomes>;
  readonly errors = new ErrorCounts();
  readonly keys = new KeyFailures();
  readonly bytes = { in: new Count(), out: new Count() };
  readonly requests = new Count();
  readonly retries = new Count();
  readonly cacheHits = new Count();
  readonly swept = {
    artifact: new Count(),
    content: new Count(),
    tombstone: new Count(),
    marker: new Count(),
  };
  readonly sweptBytes = new Count();
  readonly sweepKept = new Count();
  inFlight = 0;
  watch: UsageWatch | undefined;
  #sweptAt: number | undefined;
  readonly #monotonic: () => number;
  readonly #sizes: Readonly<Record<'in' | 'out', Observations>>;

  constructor(labels: StoreLabels, { durations, sizes }: Histograms, monotonic: () => number) {
    this.labels = labels;
    this.#monotonic = monotonic;
    const outcomesOf = (operation: string): Outcomes => ({
      success: new Count(),
      failure: new Count(),
      aborted: new Count(),
      durations: durations.series({ operation, ...labels }),
    });
    this.outcomes = new Map(operationLabels.map((operation) => [operation, outcomesOf(operation)]));
    const sizesOf = (direction: 'in' | 'out') => sizes.series({ ...labels, direction });
    this.#sizes = { in: sizesOf('in'), out: sizesOf('out') };
  }

  get sweepAgeMs(): number | undefined {
    return this.#sweptAt === undefined ? undefined : this.#monotonic() - this.#sweptAt;
  }

  /** @param traceId - Tells the trace that the duration is an example of. What it throws is thrown when all is counted. */
  end(event: OperationEnd, traceId: (event: OperationEnd) => string | undefined): void {
    const { outcome, bytes, durationMs } = event;
    this.inFlight -= 1;
    this.requests.add(event.requests);
    this.retries.add(event.retries);
    this.cacheHits.add(event.cacheHits);
    const direction = event.operation === 'upload' ? 'in' : 'out';
    this.bytes[direction].add(bytes);
    this.keys.add(event);
    if (event.swept !== undefined) this.#sweep(event.swept);
    const operation = operationLabel(event.operation);
    const outcomes = this.outcomes.get(operation);
    if (outcome === 'aborted') {
      outcomes?.aborted.add(1);
      return;
    }
    if (outcome === 'ok') {
      outcomes?.success.add(1);
      if (operation === 'upload' || operation === 'download') this.#sizes[direction].observe(bytes);
    } else {
      outcomes?.failure.add(1);
      this.errors.add(operation, outcome);
    }
    let trace: string | undefined;
    try {
      trace = traceId(event);
    } finally {
      // A clock that was given may go back, or be none.
      outcomes?.durations.observe(durationMs > 0 && durationMs < Infinity ? durationMs / 1000 : 0, trace);
    }
  }

  #sweep({ artifacts, contents, tombstones, markers, bytes, kept }: NonNullable<OperationEnd['swept']>): void {
    this.swept.artifact.add(artifacts);
    this.swept.content.add(contents);
    this.swept.tombstone.add(tombstones);
    this.swept.marker.add(markers);
    this.sweptBytes.add(bytes);
    this.sweepKept.add(kept);
    this.#sweptAt = this.#monotonic();
  }
}
