import { refused } from './options.ts';
import { StoreSeries, type Histograms } from './store-series.ts';
import { UsageWatch, type WatchedStore, type WatchSettings } from './usage-watch.ts';

/** All stores that a set of metrics is about, by label and backend. */
export class Stores {
  readonly #byLabel = new Map<string, Map<string, StoreSeries>>();
  readonly #watched = new Map<string, StoreSeries>();
  readonly #histograms: Histograms;
  readonly #monotonic: () => number;

  constructor(histograms: Histograms, monotonic: () => number) {
    this.#histograms = histograms;
    this.#monotonic = monotonic;
  }

  of(store: string, backend: string): StoreSeries {
    return this.#byLabel.get(store)?.get(backend) ?? this.#create(store, backend);
  }

  *[Symbol.iterator](): Iterator<StoreSeries> {
    for (const byBackend of this.#byLabel.values()) yield* byBackend.values();
  }

  /**
   * @returns what ends the watch
   * @throws `CONFIGURATION` when another store of that label is watched
   */
  watch(store: WatchedStore, settings: Omit<WatchSettings, 'monotonic'>): () => void {
    const { label, backendName } = store;
    this.#forgetClosed();
    const before = this.#watched.get(label);
    if (before?.watch !== undefined && before.watch.store !== store) {
      throw refused('label', `another store of the label "${label}" is watched: give each store a label of its own`);
    }
    const series = this.of(label, backendName);
    const watch = new UsageWatch(store, { ...settings, monotonic: this.#monotonic });
    series.watch = watch;
    this.#watched.set(label, series);
    return () => {
      if (series.watch === watch) this.#forget(series);
    };
  }

  /** Resolves when what is stored in each is as well known as it has to be, or would take too long. */
  async refresh(): Promise<void> {
    this.#forgetClosed();
    await Promise.all(Array.from(this.#watched.values(), async ({ watch }) => watch?.refresh()));
  }

  #forgetClosed(): void {
    for (const series of this.#watched.values()) if (series.watch?.store.closed === true) this.#forget(series);
  }

  #forget(series: StoreSeries): void {
    series.watch = undefined;
    this.#watched.delete(series.labels.store);
  }

  #create(store: string, backend: string): StoreSeries {
    const created = new StoreSeries({ store, backend }, this.#histograms, this.#monotonic);
    const byBackend = this.#byLabel.get(store) ?? new Map<string, StoreSeries>();
    this.#byLabel.set(store, byBackend.set(backend, created));
    return created;
  }
}
