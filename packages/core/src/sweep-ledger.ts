import type { BackendCapabilities } from './backend.ts';
import type { Allowance } from './allowance.ts';
import { allowanceOf, LedgerSearch } from './find-ledger.ts';
import type { Storage } from './storage.ts';

/**
 * The ledger of what a sweep goes through, looked for when the first record is removed. What a sweep removes is accounted for
 * wherever there is one, whether or not whoever sweeps was told of a quota.
 */
export class SweepLedger {
  readonly #storage: Storage;
  readonly #capabilities: BackendCapabilities;
  readonly #search = new LedgerSearch();

  constructor(storage: Storage, capabilities: BackendCapabilities) {
    this.#storage = storage;
    this.#capabilities = capabilities;
  }

  async allowance(id: string): Promise<Allowance | undefined> {
    return allowanceOf(this.#storage, id, await this.#search.find(this.#storage, this.#capabilities));
  }

  /** The record or tombstone of this revision is about to go, and with it what shows that it was committed. */
  async leaves(id: string, revision: string): Promise<void> {
    await (await this.allowance(id))?.leaves(revision);
  }
}
