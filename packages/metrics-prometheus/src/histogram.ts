type Labels = Readonly<Record<string, string>>;

/** One line of a scrape, as prom-client has it. */
interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

interface Exemplar {
  readonly labelSet: { readonly trace_id: string };
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

/** What was observed under one set of labels. */
export class Observations {
  readonly labels: Labels;
  readonly #bounds: readonly number[];
  /** Of each bucket by itself; the last is for what is beyond all bounds. */
  #counts: number[] = [];
  #exemplars: (Exemplar | undefined)[] = [];
  #sum = 0;

  constructor(labels: Labels, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.reset();
  }

  observe(value: number, traceId?: string): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > Number(bounds[bucket])) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
    if (traceId !== undefined)
      this.#exemplars[bucket] = { labelSet: { trace_id: traceId }, value, timestamp: Date.now() / 1000 };
  }

  reset(): void {
    this.#counts = Array.from({ length: this.#bounds.length + 1 }, () => 0);
    this.#exemplars = [];
    this.#sum = 0;
  }

  values(name: string): readonly Value[] {
    const { labels } = this;
    let total = 0;
    const buckets = this.#counts.map((count, bucket): Value => {
      total += count;
      const le = this.#bounds[bucket] ?? '+Inf';
      return {
        metricName: `${name}_bucket`,
        labels: { le, ...labels },
        value: total,
        exemplar: this.#exemplars[bucket],
      };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }
}

/**
 * A histogram for a registry of prom-client, which asks a metric for its values by `get` and nothing else. An observation adds to
 * two numbers; that of prom-client finds its series by a text of all labels, which costs more than all other counting.
 */
export class HistogramMetric {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  readonly #series: Observations[] = [];

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
  }

  /** Begins a series with nothing in it. */
  series(labels: Labels): Observations {
    const series = new Observations(labels, this.#bounds);
    this.#series.push(series);
    return series;
  }

  async get() {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#series.flatMap((series) => series.values(name)) };
  }

  reset(): void {
    for (const series of this.#series) series.reset();
  }
}
