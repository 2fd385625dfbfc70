import type { BackendCapabilities } from './backend.ts';
import { ledgerKey } from './layout.ts';
import { LedgerAllowance } from './ledger-allowance.ts';
import { SharedLedger, type Ledger } from './ledger.ts';
import { settled } from './ledger-state.ts';
import type { Storage } from './storage.ts';

/**
 * The ledger of what a sweep goes through, looked for when the first record is removed. What a sweep removes is accounted for
 * wherever there is one, whether or not whoever sweeps was told of a quota.
 */
export class SweepLedger {
  readonly #storage: Storage;
  readonly #possible: boolean;
  #ledger: Promise<Ledger | undefined> | undefined;

  constructor(storage: Storage, { compareAndSwap, createIfAbsent }: BackendCapabilities) {
    this.#storage = storage;
    this.#possible = compareAndSwap && createIfAbsent;
  }

  async allowance(id: string): Promise<LedgerAllowance | undefined> {
    const ledger = await this.#find();
    return ledger && new LedgerAllowance(this.#storage, id, ledger, {});
  }

  /** A record or tombstone of this revision is about to go, and with it what shows that it was committed. */
  async leaves(revision: string): Promise<void> {
    const ledger = await this.#find();
    await ledger?.change(this.#storage, (state) => ({ state: settled(state, revision), result: undefined }));
  }

  #find(): Promise<Ledger | undefined> {
    this.#ledger ??= this.#look();
    return this.#ledger;
  }

  async #look(): Promise<Ledger | undefined> {
    const there = this.#possible && (await this.#storage.get(ledgerKey, 0)) !== undefined;
    return there ? new SharedLedger() : undefined;
  }
}
