import { bounded } from './abort.ts';
import { countArtifacts } from './counting.ts';
import type { Change, Ledger } from './ledger.ts';
import type { LedgerState } from './ledger-state.ts';
import type { Storage } from './storage.ts';

const goodForMs = 60 * 1000;

/**
 * Stands in for a ledger where there is no compare-and-swap: what this process knows of, beside a count that is made anew
 * every minute. Others that write meanwhile know as little.
 */
export class UnsharedLedger implements Ledger {
  #state: LedgerState | undefined;
  #countedAt = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** One change after the other, since each has to see what the one before did. */
  async change<T>(storage: Storage, change: Change<T>): Promise<T> {
    const turn = this.#last.then(() => this.#change(storage, change));
    this.#last = turn.catch(() => undefined);
    return bounded(storage.lifetime, storage.environment.limits.timeoutMs, 'the ledger', () => turn);
  }

  async #change<T>(storage: Storage, change: Change<T>): Promise<T> {
    const { now, monotonic } = storage.environment;
    const reservations = this.#state?.reservations ?? [];
    const open = reservations.filter(({ deadline }) => deadline >= now());
    // What became of those that lapsed the count tells.
    const isOld = open.length < reservations.length || monotonic() - this.#countedAt > goodForMs;
    if (this.#state === undefined || isOld) {
      const { bytes, count } = await countArtifacts(storage);
      this.#state = { bytes, count, reservations: open, leases: [] };
      this.#countedAt = monotonic();
    }
    const changed = await change(this.#state);
    this.#state = changed.state;
    return changed.result;
  }
}
