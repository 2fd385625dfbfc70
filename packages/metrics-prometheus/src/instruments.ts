import { Counter, Gauge } from 'prom-client';

import type { CounterDefinition, Definition, GaugeDefinition } from './definitions.ts';
import { HistogramMetric } from './histogram.ts';
import type { Settings } from './options.ts';
import type { Stores } from './stores.ts';

export type Instrument = Counter | Gauge | HistogramMetric;

const storeLabels = ['store', 'backend'];

/** Brought up to date by each scrape. */
export function counterOf(settings: Settings, definition: CounterDefinition, stores: Stores): Counter {
  return new Counter({
    ...described(settings, definition),
    collect() {
      for (const series of stores)
        for (const [labels, count] of definition.of(series)) count.tell(this, { ...labels, ...series.labels });
    },
  });
}

/** Set anew by each scrape, so that what nobody knows any more is not told. */
export function gaugeOf(settings: Settings, definition: GaugeDefinition, stores: Stores): Gauge {
  const { aggregator, ofUsage } = definition;
  return new Gauge({
    ...described(settings, definition),
    aggregator,
    async collect() {
      if (ofUsage) await stores.refresh();
      this.reset();
      for (const series of stores)
        for (const [labels, value] of definition.of(series))
          if (value !== undefined) this.set({ ...labels, ...series.labels }, value);
    },
  });
}

export function histogramOf(
  { prefix, register }: Settings,
  { name, help }: Definition,
  buckets: readonly number[],
): HistogramMetric {
  const histogram = new HistogramMetric(prefix + name, help, buckets);
  register.registerMetric(asMetric(histogram));
  return histogram;
}

/** The registry of prom-client takes whatever it can ask as it asks its own, but its types name only these. */
export function asMetric(instrument: Instrument): Counter {
  return instrument as Counter;
}

function described({ prefix, register }: Settings, { name, help, labels }: Definition) {
  return { name: prefix + name, help, labelNames: [...labels, ...storeLabels], registers: [register] };
}
