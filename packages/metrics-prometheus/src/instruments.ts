import { Counter, Gauge, Histogram } from 'prom-client';

import {
  durationHistogram,
  sizeHistogram,
  type CounterDefinition,
  type Definition,
  type GaugeDefinition,
} from './definitions.ts';
import type { Settings } from './options.ts';
import type { Histograms } from './store-series.ts';
import type { Stores } from './stores.ts';

export type Instrument = Counter | Gauge | Histogram;

const storeLabels = ['store', 'backend'];
/** In bytes; from a note to a disk image in few series. */
const sizeBuckets = [1024, 16_384, 262_144, 4_194_304, 67_108_864, 1_073_741_824];

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

/** The two that are told by each operation, because a histogram cannot be told of many at once. */
export function histogramsOf(settings: Settings): Histograms & { readonly all: readonly Histogram[] } {
  const enableExemplars = settings.register.contentType.startsWith('application/openmetrics-text');
  const buckets = [...settings.buckets];
  const durations = new Histogram({ ...described(settings, durationHistogram), buckets, enableExemplars });
  const sizes = new Histogram({ ...described(settings, sizeHistogram), buckets: sizeBuckets });
  return {
    all: [durations, sizes],
    duration(labels) {
      durations.zero(labels);
      if (!enableExemplars) return (seconds) => durations.observe(labels, seconds);
      return (value, traceId) =>
        durations.observe({ labels, value, exemplarLabels: traceId === undefined ? {} : { trace_id: traceId } });
    },
    size(labels) {
      sizes.zero(labels);
      return (bytes) => sizes.observe(labels, bytes);
    },
  };
}

function described({ prefix, register }: Settings, { name, help, labels }: Definition) {
  return { name: prefix + name, help, labelNames: [...labels, ...storeLabels], registers: [register] };
}
