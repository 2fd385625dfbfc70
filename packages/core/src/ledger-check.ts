import type { Finding } from './finding.ts';
import { ledgerKey } from './layout.ts';
import { notIntact, readLedger, type StoredLedger } from './ledger-object.ts';
import { isUnverifiable } from './read-record.ts';
import type { Storage } from './storage.ts';
import type { VerifiedArtifact } from './verify-artifact.ts';

type Problem = Pick<Finding, 'code' | 'key' | 'error'>;

/**
 * Whether a ledger tells what is stored. What comes and goes passes through it, so one that was idle and is the same before and after
 * all records were read must say what they came to. Of a busy one only the signature is judged, and of a store with records
 * that do not verify too: nobody can say what they count.
 */
export class LedgerCheck {
  readonly #storage: Storage;
  readonly #before: StoredLedger | Problem | undefined;
  #counted = { bytes: 0, count: 0 };
  #judged = true;

  private constructor(storage: Storage, before: StoredLedger | Problem | undefined) {
    this.#storage = storage;
    this.#before = before;
  }

  static async begin(storage: Storage): Promise<LedgerCheck> {
    return new LedgerCheck(storage, await look(storage));
  }

  seen({ judged, bytes }: Pick<VerifiedArtifact, 'judged' | 'bytes'>): void {
    this.#judged &&= judged;
    if (bytes !== undefined) this.#counted = { bytes: this.#counted.bytes + bytes, count: this.#counted.count + 1 };
  }

  /** To be asked for when every record was seen. */
  async problem(): Promise<Problem | undefined> {
    const before = this.#before;
    if (before === undefined || 'code' in before) return before;
    const { bytes, count } = this.#counted;
    const { state } = before;
    if (!this.#judged || !isIdle(before) || (state.bytes === bytes && state.count === count)) return undefined;
    const after = await look(this.#storage);
    if (after === undefined || 'code' in after) return after;
    if (after.version !== before.version) return undefined;
    const problem = `says ${state.bytes} bytes in ${state.count} artifacts, and there are ${bytes} in ${count}`;
    return { code: 'WRONG_LEDGER', key: ledgerKey, error: notIntact(problem) };
  }
}

async function look(storage: Storage): Promise<StoredLedger | Problem | undefined> {
  try {
    return await readLedger(storage);
  } catch (error) {
    if (!isUnverifiable(error)) throw error;
    return { code: 'WRONG_LEDGER', key: ledgerKey, error };
  }
}

function isIdle({ state: { reservations, leases, recount } }: StoredLedger): boolean {
  return reservations.length === 0 && leases.length === 0 && recount === undefined;
}
