import { countArtifacts } from './counting.ts';
import { wasCommitted } from './ledger.ts';
import { readLedger } from './ledger-object.ts';
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

/** Looks into the ledger, where there is one that can tell; only reads. */
export async function readUsage(storage: Storage): Promise<Usage> {
  const ledger = storage.environment.accounting === undefined ? undefined : await readLedger(storage);
  // What leases were filled with is written down when they end; what is being counted is not known yet.
  if (ledger === undefined || ledger.state.leases.length > 0 || ledger.state.recount !== undefined) {
    return { ...(await countArtifacts(storage)), from: 'scan' };
  }
  let { bytes, count }: Amount = ledger.state;
  for (const reservation of ledger.state.reservations) {
    if ((await wasCommitted(storage, reservation)) === true)
      ({ bytes, count } = plus({ bytes, count }, changeOf(reservation)));
  }
  return { bytes, count, from: 'ledger' };
}
