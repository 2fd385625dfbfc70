import type { BackendCapabilities } from './backend.ts';
import { requireCapability } from './conditions.ts';
import type { Environment } from './environment.ts';
import { makeLedger } from './find-ledger.ts';
import type { Ledger } from './ledger.ts';

/** The ledgers of a store and its namespaces, each of them one for all handles, so that what these ask for is grouped. */
export class Accounts {
  // Tenants come and go: a ledger that no handle uses any more is forgotten.
  readonly #ledgers = new Map<string, WeakRef<Ledger>>();

  /** Hands back what this process has leased. */
  async close(): Promise<void> {
    for (const ledger of this.#ledgers.values()) await ledger.deref()?.lease?.close();
  }

  /** The ledger behind `environment`, or `undefined` where nothing asks for one. @throws `UNSUPPORTED` when a quota cannot be kept */
  async ledger(environment: Environment, capabilities: BackendCapabilities): Promise<Ledger | undefined> {
    const { accounting, backend, keyPrefix } = environment;
    if (accounting === undefined) return undefined;
    const shared = capabilities.compareAndSwap && capabilities.createIfAbsent;
    if (!shared && accounting.quota === undefined) return undefined;
    if (accounting.quota?.mode !== 'soft') {
      for (const capability of ['compareAndSwap', 'createIfAbsent'] as const)
        requireCapability(capabilities, capability, backend.name, 'quota', ': take another, or ask for mode "soft"');
    }
    const made = this.#ledgers.get(keyPrefix)?.deref() ?? (await makeLedger(shared));
    // Another handle may have been faster while the code was loaded.
    const ledger = this.#ledgers.get(keyPrefix)?.deref() ?? made;
    this.#ledgers.set(keyPrefix, new WeakRef(ledger));
    return ledger;
  }
}
