import type { Change } from './ledger.ts';
import { heldBy, marginMs, released, reserved, settled, type LedgerState, type Reservation } from './ledger-state.ts';
import type { QuotaOptions } from './quota.ts';
import { shortageOf, type Shortage } from './shortage.ts';

/** How many bytes of JSON all reservations may be, and what one of them has beside its id, of which quotes are escaped. */
const maxReservedBytes = 640 * 1024;
const fixedBytes = 200;

/** What the ledger says to somebody who asks for room. */
export type Answer =
  | { readonly admitted: Reservation }
  | { readonly shortage: Shortage }
  /** Somebody counts; or has to, because a lease or a recount was never ended. */
  | 'counting'
  | 'recount'
  /** More reservations have lapsed than are looked at for one write: ask again. */
  | 'lapsed'
  /** No further operation can be named. */
  | 'crowded';

export interface Demand {
  /** What is asked for; the first that fits is taken. */
  readonly wanted: readonly Reservation[];
  /** The revision of what the operation has reserved before, and gives up for it. */
  readonly instead: string | undefined;
  /** The revision that it will be written over. It was read, so it was committed: nothing replaces what is not settled. */
  readonly over: string | undefined;
}

/** Asks for room in the ledger. Asked again after an answer that was lost, it finds its own reservation. */
export function reserving({ wanted, instead, over }: Demand, quota: QuotaOptions, now: number): Change<Answer> {
  return (found) => {
    const state = over === undefined ? found : settled(found, over);
    const own = found.reservations.find(({ revision }) => revision === instead || isWanted(revision, wanted));
    const rest = own === undefined ? state : released(state, own.revision);
    const lapsed = rest.reservations.some((each) => isOver(each, now));
    if (own === undefined && isCrowded(rest)) return { state: found, result: lapsed ? 'lapsed' : 'crowded' };
    let shortage: Shortage | undefined;
    for (const each of wanted) {
      if (isCounting(found) && !isNoMore(each, own))
        return { state: found, result: isOver(found.recount, now) ? 'recount' : 'counting' };
      shortage = isNoMore(each, own) ? undefined : shortageOf(rest, quota, each);
      if (shortage !== undefined) continue;
      const same = state === found && JSON.stringify(own) === JSON.stringify(each);
      return { state: same ? found : reserved(rest, each, instead), result: { admitted: each } };
    }
    if (shortage === undefined) throw new TypeError('nothing was asked for');
    if (lapsed) return { state: found, result: 'lapsed' };
    if (shortage.behind !== 'leases') return { state: found, result: { shortage } };
    // What a lease was filled with only a count can tell once its holder is gone.
    if (found.leases.some((lease) => isOver(lease, now))) return { state: found, result: 'recount' };
    return { state: withoutNewLeases(found, now), result: { shortage } };
  };
}

/** Holders of leases come back for another soon; none is given while somebody waits for what they have left. */
function withoutNewLeases(state: LedgerState, now: number): LedgerState {
  const asked = (state.leasesFrom ?? 0) > now + marginMs / 2;
  return asked ? state : { ...state, leasesFrom: now + marginMs };
}

/** Whether the ledger is about to become larger than one may be. */
function isCrowded({ reservations }: LedgerState): boolean {
  const bytes = reservations.reduce((total, { id }) => total + fixedBytes + 2 * Buffer.byteLength(id), 0);
  return bytes > maxReservedBytes;
}

function isCounting(state: LedgerState): boolean {
  return state.recount !== undefined;
}

/** What was admitted stays so, also when it is renewed, and while somebody counts. */
function isNoMore(wanted: Reservation, own: Reservation | undefined): boolean {
  if (own === undefined) return false;
  const [asked, held] = [heldBy(wanted), heldBy(own)];
  return asked.bytes <= held.bytes && asked.count <= held.count;
}

function isOver(limited: { readonly deadline: number } | undefined, now: number): boolean {
  return limited !== undefined && limited.deadline < now;
}

function isWanted(revision: string, wanted: readonly Reservation[]): boolean {
  return wanted.some((each) => each.revision === revision);
}
