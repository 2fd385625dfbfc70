import { countArtifacts } from './counting.ts';
import { wasCommitted } from './ledger.ts';
import { readLedger, type StoredLedger } from './ledger-object.ts';
import { changeOf, plus, type Amount } from './ledger-state.ts';
import type { Storage } from './storage.ts';

/** What is stored, expired artifacts included until they are swept. */
export interface Usage extends Amount {
  /** Bytes of content. */
  readonly bytes: number;
  /** Artifacts. */
  readonly count: number;
  /** Whether the ledger said so, in one request or few, or every record was read. */
  readonly from: 'ledger' | 'scan';
  /** Records that do not verify, where records were read. What they say counts for nothing. */
  readonly invalid?: number;
}

const maxLooks = 4;

/** Looks into the ledger, where there is one that can tell; only reads. */
export async function readUsage(storage: Storage): Promise<Usage> {
  let ledger = storage.environment.accounting === undefined ? undefined : await readLedger(storage);
  for (let look = 1; ledger !== undefined && look <= maxLooks; look += 1) {
    const { leases, reservations, recount } = ledger.state;
    // What leases were filled with is written down when they end; what is being counted is not known yet.
    if (leases.length > 0 || recount !== undefined) break;
    const amount = await withCommitted(storage, ledger);
    // A record that was replaced meanwhile says nothing any more, and whoever did it has written the ledger.
    const after: StoredLedger | undefined = reservations.length === 0 ? ledger : await readLedger(storage);
    if (after?.version === ledger.version) return { ...amount, from: 'ledger' };
    ledger = after;
  }
  return { ...(await countArtifacts(storage)), from: 'scan' };
}

async function withCommitted(storage: Storage, ledger: StoredLedger): Promise<Amount> {
  let { bytes, count }: Amount = ledger.state;
  for (const reservation of ledger.state.reservations) {
    if ((await wasCommitted(storage, reservation)) === true)
      ({ bytes, count } = plus({ bytes, count }, changeOf(reservation)));
  }
  return { bytes, count };
}
