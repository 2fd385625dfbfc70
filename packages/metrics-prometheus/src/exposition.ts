import { counterDefinitions, durationHistogram, gaugeDefinitions, sizeBuckets, sizeHistogram } from './definitions.ts';
import { asMetric, counterOf, gaugeOf, histogramOf, type Instrument } from './instruments.ts';
import { refused, type Settings } from './options.ts';
import { Stores } from './stores.ts';

/** The metrics of one registry and prefix. */
export interface Exposition {
  readonly stores: Stores;
  readonly buckets: readonly number[];
  /** By the name under which each was made: prom-client shortens some for OpenMetrics. */
  readonly instruments: ReadonlyMap<string, Instrument>;
}

const names = [durationHistogram, sizeHistogram, ...counterDefinitions, ...gaugeDefinitions].map(({ name }) => name);

/** Of each registry, by prefix. Whoever constructs again counts on in the same metrics. */
const expositions = new WeakMap<object, Map<string, Exposition>>();

/**
 * The metrics of a registry and prefix, which the first who asks makes.
 *
 * @throws `CONFIGURATION` when a metric of such a name is somebody else's, or they were made with other buckets
 */
export function expositionOf(settings: Settings): Exposition {
  const { register, prefix, buckets } = settings;
  const ofRegistry = expositions.get(register) ?? new Map<string, Exposition>();
  const existing = ofRegistry.get(prefix);
  if (existing !== undefined && String(existing.buckets) !== String(buckets))
    throw refused('buckets', `the metrics of this registry were made with the buckets ${existing.buckets.join(', ')}`);
  for (const name of names) {
    const registered: unknown = register.getSingleMetric(prefix + name);
    if (registered !== undefined && registered !== existing?.instruments.get(name))
      throw refused('register', `the registry has a metric "${prefix + name}" of somebody else: give another prefix`);
  }
  const exposition = existing ?? make(settings);
  expositions.set(register, ofRegistry.set(prefix, exposition));
  // A registry that was cleared has forgotten them.
  for (const [name, instrument] of exposition.instruments)
    if (register.getSingleMetric(prefix + name) === undefined) register.registerMetric(asMetric(instrument));
  return exposition;
}

function make(settings: Settings): Exposition {
  const durations = histogramOf(settings, durationHistogram, settings.buckets);
  const sizes = histogramOf(settings, sizeHistogram, sizeBuckets);
  const stores = new Stores({ durations, sizes }, settings.monotonic);
  const instruments = [
    durations,
    sizes,
    ...counterDefinitions.map((definition) => counterOf(settings, definition, stores)),
    ...gaugeDefinitions.map((definition) => gaugeOf(settings, definition, stores)),
  ];
  const named = instruments.map((instrument, index) => [names[index] ?? '', instrument] as const);
  return { stores, buckets: settings.buckets, instruments: new Map(named) };
}
