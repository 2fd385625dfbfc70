import type { Counter } from 'prom-client';

/**
 * A number that only grows, and how much of it a counter was told. An operation adds to plain numbers; what prom-client costs is paid
 * once for each scrape.
 */
export class Count {
  #total = 0;
  #told = 0;

  add(amount: number): void {
    this.#total += amount;
  }

  /** Brings the counter up to date. A counter that was reset goes on from 0. */
  tell<Label extends string>(counter: Counter<Label>, labels: Partial<Record<Label, string>>): void {
    counter.inc(labels, this.#total - this.#told);
    this.#told = this.#total;
  }
}
