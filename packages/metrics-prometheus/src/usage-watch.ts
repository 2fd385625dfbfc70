import { setImmediate as turn } from 'node:timers/promises';

import type { ArtifactStore, Usage } from '@artifacts/core';

import { Count } from './count.ts';

/** What is needed of a store to watch it. */
export type WatchedStore = Pick<ArtifactStore, 'label' | 'backendName' | 'closed' | 'quota' | 'usage'>;

export interface WatchSettings {
  readonly refreshMs: number;
  readonly maxWaitMs: number;
  readonly monotonic: () => number;
}

/** In milliseconds. What is known and late is better than a scrape that is. */
const briefly = 5;

/** Knows what is stored in a store, as of a moment that is not long ago. */
export class UsageWatch {
  readonly store: WatchedStore;
  readonly refreshes = { ledger: new Count(), scan: new Count(), failed: new Count() };
  readonly #settings: WatchSettings;
  #usage: Usage | undefined;
  /** When that was known; until then when the watch began. */
  #knownAt: number;
  #askedAt: number | undefined;
  #tookMs = 0;
  #asking: Promise<void> | undefined;

  constructor(store: WatchedStore, settings: WatchSettings) {
    this.store = store;
    this.#settings = settings;
    this.#knownAt = settings.monotonic();
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  get ageMs(): number {
    return this.#settings.monotonic() - this.#knownAt;
  }

  /** Asks the store again if it is time. Resolves with its answer, or before when that takes too long; never rejects. */
  async refresh(): Promise<void> {
    const { maxWaitMs } = this.#settings;
    // Whoever reads every record may keep the process busy, too: then the scrape comes first.
    const later = this.#usage !== undefined && this.#tookMs > briefly;
    if (this.#asking === undefined && this.#due) this.#asking = this.#ask(later);
    if (this.#asking === undefined || later) return;
    await atMost(this.#asking, this.#usage === undefined ? maxWaitMs : Math.min(maxWaitMs, briefly));
  }

  /** A ledger tells in a request, so it is asked at each scrape; counting is for now and then. */
  get #due(): boolean {
    if (this.#askedAt === undefined || this.#usage?.from === 'ledger') return true;
    return this.#settings.monotonic() - this.#askedAt >= this.#settings.refreshMs;
  }

  async #ask(later: boolean): Promise<void> {
    if (later) await turn();
    const askedAt = this.#settings.monotonic();
    try {
      this.#usage = await this.store.usage();
      this.#knownAt = askedAt;
      this.refreshes[this.#usage.from].add(1);
    } catch {
      // The store told its observers and its channel what was wrong.
      this.refreshes.failed.add(1);
    } finally {
      this.#askedAt = askedAt;
      this.#tookMs = this.#settings.monotonic() - askedAt;
      this.#asking = undefined;
    }
  }
}

async function atMost(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, over]);
  clearTimeout(timer);
}
