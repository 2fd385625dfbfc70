import { makeLedger } from './find-ledger.ts';
import { readLedgerLine } from './ledger-object.ts';
import { isUnverifiable } from './read-record.ts';
import type { Storage } from './storage.ts';
import { isVouchedForBy, vouchersOf } from './vouching-keys.ts';

/**
 * Signs a ledger anew, as the next change of it would. A namespace in which nothing changes for long must not need an old key. What
 * does not verify stays as it is: a count, which verifying asks for, makes a new one.
 */
export async function resignLedger(storage: Storage, active: ReadonlySet<string>): Promise<void> {
  try {
    const found = await readLedgerLine(storage);
    if (found === undefined) return;
    const vouchers = await vouchersOf(storage.environment.keys, found.line);
    if (isVouchedForBy(vouchers, active)) return;
    const ledger = await makeLedger(true);
    // Another object, though it says the same: that is written.
    await ledger.change(storage, (state) => ({ state: { ...state }, result: undefined }));
  } catch (error) {
    if (!isUnverifiable(error)) throw error;
  }
}
