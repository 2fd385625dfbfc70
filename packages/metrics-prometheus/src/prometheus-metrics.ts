import type { Observer, OperationEnd, OperationStart } from '@artifacts/core';
import type { Registry } from 'prom-client';

import { expositionOf } from './exposition.ts';
import { requireWatch, settingsOf, type PrometheusMetricsOptions, type WatchOptions } from './options.ts';
import { Stats, type MetricsStats } from './stats.ts';
import type { StoreSeries } from './store-series.ts';
import type { WatchedStore } from './usage-watch.ts';

/** Counts what stores do; to be given to them as one of their `observers`. */
export interface PrometheusMetrics extends Observer {
  start(event: OperationStart): void;
  end(event: OperationEnd): void;
  /**
   * Shows what is stored in `store`, by whatever process, and what its quota allows. The store is asked when the metrics are scraped, never
   * twice at a time, and no scrape waits for long: one that gets no answer shows what was known before, and its age. A watch ends
   * by itself when the store was closed. Watching the same store again changes the options.
   *
   * @throws `CONFIGURATION` when another store of the same label is watched
   */
  watch(store: WatchedStore, options?: WatchOptions): StoreWatch;
  /** What ended so far, as of `statsObserver` of core, with percentiles. A copy, which later operations do not change. */
  stats(): MetricsStats;
}

/** A store that is watched. */
export interface StoreWatch {
  /** Ends it: the gauges about the store vanish, and its label is free. */
  stop(): void;
}

const validTraceId = /^[\w-]{1,64}$/;

/**
 * Exports what the stores do that it observes to a registry of prom-client. No id, content type, message or namespace becomes a label:
 * a store has fewer than 400 series, whatever happens.
 *
 * May be called any number of times for one registry; the metrics are the same then, and a store must be given only one of the results.
 *
 * @throws `CONFIGURATION` naming the option; of `register` also when it has a metric of such a name that is not ours
 */
export function prometheusMetrics(options: PrometheusMetricsOptions): PrometheusMetrics {
  const settings = settingsOf(options);
  const { stores } = expositionOf(settings);
  const { traceId } = options;
  const exemplar = (event: OperationEnd): string | undefined =>
    traceId !== undefined && isOpenMetrics(settings.register) ? checked(traceId(event)) : undefined;
  const stats = new Stats();
  let last: StoreSeries | undefined;
  const seriesOf = ({ store, backend }: OperationStart): StoreSeries => {
    // Most metrics are about one store.
    if (last?.labels.store !== store || last.labels.backend !== backend) last = stores.of(store, backend);
    return last;
  };
  return {
    start(event) {
      seriesOf(event).inFlight += 1;
    },
    end(event) {
      stats.end(event);
      seriesOf(event).end(event, exemplar);
    },
    watch(store, watching = {}) {
      requireWatch(watching);
      const { refreshMs = 60_000, maxWaitMs = 1000 } = watching;
      return { stop: stores.watch(store, { refreshMs, maxWaitMs }) };
    },
    stats: () => stats.stats(),
  };
}

function isOpenMetrics({ contentType }: Registry): boolean {
  return contentType.startsWith('application/openmetrics-text');
}

function checked(traceId: string | undefined): string | undefined {
  return typeof traceId === 'string' && validTraceId.test(traceId) ? traceId : undefined;
}
