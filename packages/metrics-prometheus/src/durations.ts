// Each class is wider than the one before by this factor, so that a percentile is off by half of it at most: 2 %.
const growth = 1.04;
const logOfGrowth = Math.log(growth);
const firstMs = 0.001;
/** From a microsecond to more than a day. */
const classes = 650;

/** Durations in milliseconds, counted by their size, in memory that does not grow. */
export class Durations {
  readonly #counts = new Float64Array(classes);
  #total = 0;

  add(ms: number): void {
    const index = classOf(ms);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
  }

  merge(other: Durations): void {
    for (const [index, count] of other.#counts.entries()) this.#counts[index] = (this.#counts[index] ?? 0) + count;
    this.#total += other.#total;
  }

  /** The duration that `share` of all did not exceed; 0 as long as there is none. */
  percentile(share: number): number {
    const rank = Math.ceil(share * this.#total);
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (count > 0 && seen >= rank) return durationOf(index);
    }
    return 0;
  }
}

/** Class 0 is for what took no time that a clock could tell. */
function classOf(ms: number): number {
  if (!(ms >= firstMs)) return 0;
  return Math.min(classes - 1, 1 + Math.floor(Math.log(ms / firstMs) / logOfGrowth));
}

/** The middle of a class. */
function durationOf(index: number): number {
  return index === 0 ? 0 : firstMs * growth ** (index - 0.5);
}
