import { bounded, maxTimerMs, type Lifetime } from './abort.ts';
import { freshName, type Environment } from './environment.ts';
import { ArtifactError } from './errors.ts';
import type { Change, Changed, Ledger } from './ledger.ts';
import {
  isCommittedBy,
  marginMs,
  minus,
  nothing,
  plus,
  reserved,
  sum,
  heldBy,
  type Amount,
  type LedgerState,
  type Reservation,
} from './ledger-state.ts';
import type { QuotaOptions } from './quota.ts';
import { readRecord } from './read-record.ts';
import type { Storage } from './storage.ts';

/** How long a lease is filled, and how long what was taken from it has to be committed after that. */
const useMs = 30 * 1000;
const commitMs = 20 * 1000;
/** A process that asks so soon after it was last at work is busy; one that is idle for so long hands its lease back. */
const busyMs = 1000;
/** A lease is for at least so many uploads of the size at hand; where less is left, each reserves for itself. */
const minUploads = 8;
const minWriters = 2;
/** A first lease is for so many uploads, a further one for so many times what the last was filled with: none takes what it will not need. */
const firstUploads = 512;
const growth = 8;

/** Room for one upload, taken from a lease. */
export interface Slot {
  /** Whether it is too late to commit. */
  readonly late: boolean;
  /** It was committed. */
  spend(): void;
  /** It was certainly not. */
  giveBack(): void;
  /** Nobody knows: that its record is there may tell; else the ledger is told of a reservation, which can be looked after. Never throws. */
  leaveOpen(storage: Storage, reservation: Reservation): Promise<void>;
}

/** What one lease in the ledger is to the process that holds it. The ledger has all of it; here is what became of it. */
interface Term {
  holder: string | undefined;
  quota: QuotaOptions;
  left: Amount;
  taken: Amount;
  spent: Amount;
  wallUntil: number;
  steadyUntil: number;
  ended: boolean;
  /** Never renewed again: it ends at its time, with what is under way. */
  abandoned: boolean;
}

/**
 * The lease of one process on one ledger: a block of bytes and artifacts that it fills without asking, so that many writers
 * do not queue for the ledger. What it was filled with is written down when it is renewed or handed back; after a crash
 * only a count can tell.
 */
export class HeldLease {
  readonly #ledger: Ledger;
  #term: Term | undefined;
  #renewing: Promise<void> | undefined;
  #workedAt = Number.NEGATIVE_INFINITY;
  #scarceUntil = Number.NEGATIVE_INFINITY;
  #steps = 0;
  #last: Storage | undefined;
  #watching: Lifetime | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Takes room for one upload of this size; asks the ledger for more while this process is busy and there is plenty. */
  async take(storage: Storage, bytes: number, quota: QuotaOptions): Promise<Slot | undefined> {
    const { environment } = storage;
    const at = environment.monotonic();
    const busy = at - this.#workedAt < busyMs;
    this.worked(storage);
    const one = { bytes, count: 1 };
    const slot = this.#slot(environment, one, quota);
    if (slot !== undefined || !busy || at < this.#scarceUntil || !this.#isFor(quota)) return slot;
    await this.#exclusive(storage, () => this.#renew(storage, one, quota));
    return this.#slot(environment, one, quota);
  }

  /** Some upload began or ended, with a lease or without. */
  worked(storage: Storage): void {
    this.#workedAt = storage.environment.monotonic();
    this.#steps += 1;
    this.#last = storage;
  }

  /** Writes down what was committed, and gives up what is left. */
  async handBack(storage: Storage): Promise<void> {
    // What is under way may bring a lease, or fail to hand one back.
    await this.#renewed(storage);
    if (this.#term === undefined) return;
    await this.#exclusive(storage, () => this.#renew(storage, undefined, {}));
  }

  /** The same for a process that ends. What is still under way ends with the lease. */
  async close(): Promise<void> {
    this.#watching?.abort(new ArtifactError('TIMEOUT', 'the store was closed'));
    if (this.#term === undefined || this.#last === undefined) return;
    const storage = this.#last.afterwards('handing back a lease');
    try {
      await this.handBack(storage);
    } catch {
      // As after a crash: the lease ends by itself, and a count tells what it was filled with.
    } finally {
      storage.lifetime.end();
    }
  }

  /** Another handle on the same ledger may have another quota, of which a lease says nothing. */
  #isFor({ maxBytes, maxCount }: QuotaOptions): boolean {
    const quota = this.#term?.quota;
    return quota === undefined || (quota.maxBytes === maxBytes && quota.maxCount === maxCount);
  }

  #slot(environment: Environment, one: Amount, quota: QuotaOptions): Slot | undefined {
    const term = this.#isFor(quota) ? this.#term : undefined;
    if (term === undefined || this.#renewing !== undefined || isPast(environment, term, commitMs)) return undefined;
    if (term.left.bytes < one.bytes || term.left.count < one.count) return undefined;
    term.left = minus(term.left, one);
    term.taken = plus(term.taken, one);
    const end = (): void => {
      term.taken = minus(term.taken, one);
      this.#watch();
    };
    const spend = (): void => {
      term.spent = plus(term.spent, one);
      end();
    };
    return {
      get late() {
        return term.ended || isPast(environment, term, 0);
      },
      spend,
      giveBack: () => {
        term.left = plus(term.left, one);
        end();
      },
      leaveOpen: async (storage, reservation) => {
        const became = await this.#moved(storage, term, one, reservation).catch(() => 'unknown' as const);
        if (became === 'moved') end();
        else if (became === 'committed') spend();
        else this.#abandon(term);
      },
    };
  }

  async #moved(storage: Storage, term: Term, one: Amount, reservation: Reservation): Promise<Became> {
    // What is under way gives it another holder.
    await this.#renewed(storage);
    return this.#ledger.change(storage, moving(storage, term.holder, one, reservation));
  }

  /** What cannot be moved would be renewed for ever. So the lease ends by itself, as after a crash, and a count tells what it was filled with. */
  #abandon(term: Term): void {
    term.abandoned = true;
    if (this.#term === term) this.#term = undefined;
  }

  /** One renewal at a time; who comes meanwhile waits for it, and takes from what it brought. */
  async #exclusive(storage: Storage, work: () => Promise<void>): Promise<void> {
    if (this.#renewing !== undefined) return this.#renewed(storage);
    const attempt = work();
    this.#renewing = attempt.then(
      () => undefined,
      () => undefined,
    );
    try {
      await attempt;
    } finally {
      this.#renewing = undefined;
    }
  }

  async #renewed({ lifetime, environment }: Storage): Promise<void> {
    const renewing = this.#renewing;
    if (renewing !== undefined) await bounded(lifetime, environment.limits.timeoutMs, 'a lease', () => renewing);
  }

  async #renew(storage: Storage, one: Amount | undefined, quota: QuotaOptions): Promise<void> {
    const { environment } = storage;
    const now = environment.now();
    const steady = environment.monotonic();
    const term = this.#term ?? newTerm(quota);
    const next = { holder: freshName(environment), deadline: now + useMs + commitMs + marginMs };
    const orphans = freshName(environment);
    // As they are now, also for a further attempt: which of them was applied nobody knows.
    const { holder, taken, spent } = term;
    const change = (state: LedgerState): Changed<Amount | undefined | 'ended'> =>
      leasing({ state, holder, taken, spent, next, orphans, one, quota, now });
    const left = await this.#ledger.change(storage, change).catch((error: unknown) => {
      // It may have been written all the same: then what is left is anybody's.
      term.left = nothing;
      throw error;
    });
    if (left === undefined && one !== undefined) this.#scarceUntil = steady + busyMs;
    if (left === 'ended' || (left === undefined && taken.count === 0)) {
      term.ended = true;
      this.#term = undefined;
      return;
    }
    if (term.abandoned) return;
    term.holder = next.holder;
    term.left = left ?? nothing;
    term.spent = minus(term.spent, spent);
    term.wallUntil = now + useMs + commitMs;
    term.steadyUntil = steady + useMs + commitMs;
    this.#term = term;
  }

  /** Once nobody has asked for room for a while, the lease is somebody else's to take. */
  #watch(): void {
    if (this.#watching !== undefined || this.#last === undefined || this.#term === undefined) return;
    // However short operations have to be: it goes on for as long as this process is busy.
    const storage = this.#last.afterwards('waiting until a lease is idle', maxTimerMs);
    this.#watching = storage.lifetime;
    this.#untilIdle(storage)
      // As after a crash: the lease ends by itself, and a count tells what it was filled with.
      .catch(() => undefined)
      .finally(() => {
        storage.lifetime.end();
        this.#watching = undefined;
      });
  }

  async #untilIdle(storage: Storage): Promise<void> {
    for (let seen = -1; seen !== this.#steps;) {
      seen = this.#steps;
      await storage.environment.sleep(busyMs, storage.lifetime.signal);
    }
    // What is still under way comes back here when it ends.
    if (this.#term?.taken.count === 0) await this.handBack(storage);
  }
}

function newTerm(quota: QuotaOptions): Term {
  const amounts = { left: nothing, taken: nothing, spent: nothing };
  return { holder: undefined, quota, ...amounts, wallUntil: 0, steadyUntil: 0, ended: false, abandoned: false };
}

function isPast({ now, monotonic }: Environment, { wallUntil, steadyUntil }: Term, earlierMs: number): boolean {
  return now() > wallUntil - earlierMs || monotonic() > steadyUntil - earlierMs;
}

interface Leasing {
  readonly state: LedgerState;
  readonly holder: string | undefined;
  readonly taken: Amount;
  readonly spent: Amount;
  readonly next: { readonly holder: string; readonly deadline: number };
  /** The name of what lapsed, once that is one lease. */
  readonly orphans: string;
  readonly one: Amount | undefined;
  readonly quota: QuotaOptions;
  readonly now: number;
}

/** Counts what was spent, and puts what is taken and a new share in the place of the lease. Gives that share. */
function leasing({
  state,
  holder,
  taken,
  spent,
  next,
  orphans,
  one,
  quota,
  now,
}: Leasing): Changed<Amount | undefined | 'ended'> {
  const given = state.leases.find((lease) => lease.holder === next.holder);
  if (given !== undefined) {
    const share = minus(given, taken);
    return { state, result: share.count > 0 ? share : undefined };
  }
  const rest = state.leases.filter((lease) => lease.holder !== holder);
  if (holder !== undefined && rest.length === state.leases.length) return { state, result: 'ended' };
  const others = withOrphansAsOne(rest, orphans, now);
  const without: LedgerState = { ...state, ...plus(state, spent), leases: others };
  const share = one === undefined ? undefined : shareOf({ state: without, taken, spent, one, quota, now });
  if (holder === undefined && share === undefined) return { state, result: undefined };
  const amount = plus(taken, share ?? nothing);
  const leases = amount.count === 0 ? others : [...others, { ...next, ...amount }];
  return { state: { ...without, leases }, result: share };
}

/** However many processes crashed, what they have left is one lease: a ledger must not grow with them. */
function withOrphansAsOne(leases: LedgerState['leases'], holder: string, now: number): LedgerState['leases'] {
  const lapsed = leases.filter(({ deadline }) => deadline < now);
  const [first] = lapsed;
  if (first === undefined || lapsed.length === 1) return leases;
  return [...leases.filter(({ deadline }) => deadline >= now), { ...first, ...sum(lapsed), holder }];
}

/** What a process may take of what is left, so that others still find as much; nothing where that is too little to be worth it. */
function shareOf(
  asked: Omit<Leasing, 'holder' | 'next' | 'orphans' | 'one'> & { readonly one: Amount },
): Amount | undefined {
  const { state, taken, spent, one, quota, now } = asked;
  if (state.recount !== undefined || now < (state.leasesFrom ?? 0)) return undefined;
  const gone = sum([state, taken, ...state.leases, ...state.reservations.map(heldBy)]);
  const parts = 1.5 * Math.max(minWriters, state.leases.length + 1);
  const part = (limit: number | undefined, dimension: keyof Amount): number => {
    const needed = Math.max(firstUploads * one[dimension], growth * spent[dimension]);
    return limit === undefined ? needed : Math.min(needed, Math.floor((limit - gone[dimension]) / parts));
  };
  const share = { bytes: part(quota.maxBytes, 'bytes'), count: part(quota.maxCount, 'count') };
  return share.count >= minUploads && share.bytes >= minUploads * one.bytes ? share : undefined;
}

/** What became of an upload of a lease that nobody had an answer for. */
type Became = 'moved' | 'committed' | 'unknown';

/**
 * Turns one upload of a lease into a reservation, if its record is not there: then whoever finds that later finds the reservation,
 * and settles it. Over a record that is there somebody may be writing already, who has looked for none.
 */
function moving(storage: Storage, holder: string | undefined, one: Amount, reservation: Reservation): Change<Became> {
  let proposed = false;
  return async (state) => {
    if (state.reservations.some(({ revision }) => revision === reservation.revision)) return { state, result: 'moved' };
    if (!state.leases.some((lease) => lease.holder === holder)) return { state, result: 'unknown' };
    const found = await readRecord(storage, reservation.id);
    if (found !== undefined) {
      // What was proposed may have been written, and settled since.
      const committed = !proposed && isCommittedBy(found.record, reservation.revision);
      return { state, result: committed ? 'committed' : 'unknown' };
    }
    proposed = true;
    const leases = state.leases.map((lease) => (lease.holder === holder ? { ...lease, ...minus(lease, one) } : lease));
    return { state: reserved({ ...state, leases }, reservation, undefined), result: 'moved' };
  };
}
