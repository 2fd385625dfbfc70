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

  async change<T>(storage: Storage, change: Change<T>): Promise<T> {
    const { monotonic } = storage.environment;
    if (this.#state === undefined || monotonic() - this.#countedAt > goodForMs) {
      const { bytes, count } = await countArtifacts(storage);
      this.#state = { reservations: [], leases: [], ...this.#state, bytes, count };
      this.#countedAt = monotonic();
    }
    const changed = await change(this.#state);
    this.#state = changed.state;
    return changed.result;
  }
}
