import type { Allowance } from './allowance.ts';
import type { BackendCapabilities } from './backend.ts';
import { ledgerKey } from './layout.ts';
import type { Ledger } from './ledger.ts';
import type { QuotaOptions } from './quota.ts';
import type { Storage } from './storage.ts';

// The code of ledgers is loaded only where there is one.

/** The ledger of a store or namespace where somebody asked for one before; one request. */
export async function findLedger(
  storage: Storage,
  { compareAndSwap, createIfAbsent }: BackendCapabilities,
): Promise<Ledger | undefined> {
  const there = compareAndSwap && createIfAbsent && (await storage.get(ledgerKey, 0)) !== undefined;
  return there ? makeLedger(true) : undefined;
}

/** Looks only once. A failure or an abort is of the operation that looked: the next looks anew. */
export class LedgerSearch {
  #found: Promise<Ledger | undefined> | undefined;

  async find(storage: Storage, capabilities: BackendCapabilities): Promise<Ledger | undefined> {
    const found = (this.#found ??= findLedger(storage, capabilities));
    try {
      return await found;
    } catch (error) {
      if (this.#found === found) this.#found = undefined;
      throw error;
    }
  }
}

/** One that processes share, or what stands in for it. */
export async function makeLedger(shared: boolean): Promise<Ledger> {
  if (shared) return new (await import('./ledger.ts')).SharedLedger();
  return new (await import('./unshared-ledger.ts')).UnsharedLedger();
}

/** What one operation may add, where there is a ledger. */
export async function allowanceOf(
  storage: Storage,
  id: string,
  ledger: Ledger | undefined,
  quota: QuotaOptions = {},
): Promise<Allowance | undefined> {
  if (ledger === undefined) return undefined;
  const { LedgerAllowance } = await import('./ledger-allowance.ts');
  return new LedgerAllowance(storage, id, ledger, quota);
}
