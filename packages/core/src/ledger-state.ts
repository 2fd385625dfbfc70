/** An amount of content, and how many artifacts it is. */
export interface Amount {
  readonly bytes: number;
  readonly count: number;
}

/** Room that one operation asked for before it commits a record (format: Ledger). */
export interface Reservation {
  readonly id: string;
  /** That of the record or tombstone it will commit: what tells later whether it did. */
  readonly revision: string;
  /** Of the content; grows while `open`. 0 when it deletes. */
  readonly bytes: number;
  /** The bytes of the artifact it is written over; none where there is no artifact. */
  readonly replaces?: number | undefined;
  readonly deletes?: true | undefined;
  /** The length is not known yet. */
  readonly open?: true | undefined;
  /** From this time on it counts for nothing, unless the record shows that it was committed. */
  readonly deadline: number;
}

/** Room that one process may fill without writing down what with, until its deadline. */
interface Lease extends Amount {
  readonly holder: string;
  readonly deadline: number;
}

/** What the ledger says. What is committed is at most what is used, reserved and leased together. */
export interface LedgerState extends Amount {
  readonly reservations: readonly Reservation[];
  readonly leases: readonly Lease[];
  /** Before this time no lease is granted: somebody needs what is left. */
  readonly leasesFrom?: number | undefined;
  /** Somebody counts, and nothing is admitted meanwhile. One whose deadline has passed has to be done anew. */
  readonly recount?: { readonly by: string; readonly deadline: number } | undefined;
}

/** How long a reservation or a recount counts without being renewed, in milliseconds. */
export const reservationMs = 10 * 60 * 1000;
export const recountMs = 2 * 60 * 1000;
/** So long before its deadline nothing is committed any more: the request may take a minute, and clocks differ by half of one. */
export const marginMs = 90 * 1000;

/** What committing a reservation changes. */
export function changeOf({ bytes, replaces, deletes }: Reservation): Amount {
  return {
    bytes: bytes - (replaces ?? 0),
    count: (deletes === true ? 0 : 1) - (replaces === undefined ? 0 : 1),
  };
}

/** What is kept free for it. Nothing where it makes room: that counts once it is done. */
export function heldBy(reservation: Reservation): Amount {
  const { bytes, count } = changeOf(reservation);
  return { bytes: Math.max(0, bytes), count: Math.max(0, count) };
}

export function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce((a, b) => plus(a, b), nothing);
}

export function plus(a: Amount, b: Amount): Amount {
  return { bytes: a.bytes + b.bytes, count: a.count + b.count };
}

export function minus(a: Amount, b: Amount): Amount {
  return { bytes: a.bytes - b.bytes, count: a.count - b.count };
}

export const nothing: Amount = { bytes: 0, count: 0 };

/** Counts a committed reservation as used. Without it nothing changes: somebody else has settled it. */
export function settled(state: LedgerState, revision: string, as?: Reservation): LedgerState {
  const found = state.reservations.find((reservation) => reservation.revision === revision);
  if (found === undefined) return state;
  return released({ ...state, ...plus(state, changeOf(as ?? found)) }, revision);
}

/** Gives up a reservation that was not committed. */
export function released(state: LedgerState, revision: string): LedgerState {
  const reservations = state.reservations.filter((reservation) => reservation.revision !== revision);
  return reservations.length === state.reservations.length ? state : { ...state, reservations };
}

/** Adds a reservation, or puts it in the place of that of the same operation. */
export function reserved(state: LedgerState, reservation: Reservation, instead: string | undefined): LedgerState {
  const { revision } = reservation;
  const reservations = state.reservations.filter((other) => other.revision !== instead && other.revision !== revision);
  return { ...state, reservations: [...reservations, reservation] };
}

/** Whether a record proves that of this revision to have been committed. */
export function isCommittedBy(
  record: { readonly revision: string; readonly replaces?: string | undefined },
  revision: string,
): boolean {
  return record.revision === revision || record.replaces === revision;
}
