import { bounded } from './abort.ts';
import type { WriteCondition } from './backend.ts';
import { countArtifacts } from './counting.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { HeldLease } from './lease.ts';
import { readLedger, writeLedger, type StoredLedger } from './ledger-object.ts';
import {
  isCommittedBy,
  released,
  reserved,
  reservationMs,
  settled,
  type LedgerState,
  type Reservation,
} from './ledger-state.ts';
import { isUnverifiable, readRecord } from './read-record.ts';
import { mayHaveBeenApplied, type Storage } from './storage.ts';

const maxRaces = 64;
/** An attempt that takes no longer than that is as quick as the pauses are made for. */
const usualMs = 20;
const maxCrowd = 6;
const maxFailures = 4;
const maxLapsedAtOnce = 16;

/**
 * What the ledger becomes, and what that tells whoever asked. Is applied anew to what others wrote meanwhile, also when an
 * earlier write of it was applied after all, and must then change nothing.
 */
export type Change<T> = (state: LedgerState) => Promise<Changed<T>> | Changed<T>;

export interface Changed<T> {
  readonly state: LedgerState;
  readonly result: T;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

interface Pending {
  readonly change: Change<unknown>;
  done?: Outcome | undefined;
}

/** Where an operation of one store or namespace reserves, and writes down what it committed. */
export interface Ledger {
  change<T>(storage: Storage, change: Change<T>): Promise<T>;
  /** Room that small uploads take without asking; none where there is nobody to share with. */
  readonly lease?: HeldLease | undefined;
}

/**
 * The ledger of one store or namespace as one process writes it. What several operations ask for at once is one write, by
 * one of them; what that write meets is its own, and another of them goes on.
 */
export class SharedLedger implements Ledger {
  readonly lease: HeldLease = new HeldLease(this);
  readonly #queue: Pending[] = [];
  #known: StoredLedger | undefined;
  /** How long to keep out of the way of others: four times as long after every race that was lost, half as long after one that was won. */
  #crowd = 0;
  #writing: Promise<void> | undefined;

  /** Changes the ledger by compare-and-swap; makes one from a count where there is none. */
  async change<T>(storage: Storage, change: Change<T>): Promise<T> {
    const pending: Pending = { change };
    this.#queue.push(pending);
    try {
      while (pending.done === undefined) {
        const writing = this.#writing;
        if (writing === undefined) await this.#write(storage, pending);
        else await bounded(storage.lifetime, storage.environment.limits.timeoutMs, 'the ledger', () => writing);
      }
      if ('error' in pending.done) throw pending.done.error;
      return pending.done.result as T;
    } finally {
      const waiting = this.#queue.indexOf(pending);
      if (waiting >= 0) this.#queue.splice(waiting, 1);
    }
  }

  async #write(storage: Storage, own: Pending): Promise<void> {
    // First, because those who asked last begin in this very moment.
    const batch = this.#queue.splice(0);
    const attempt = this.#writeAll(storage, batch);
    this.#writing = attempt.then(
      () => undefined,
      () => undefined,
    );
    try {
      await attempt;
    } catch (error) {
      // The failure is of the operation that wrote: of the others, one tries anew.
      this.#queue.unshift(...batch.filter((pending) => pending !== own));
      throw error;
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeAll(storage: Storage, batch: readonly Pending[]): Promise<void> {
    const { monotonic } = storage.environment;
    let failures = 0;
    let took = 0;
    for (let race = 1; race <= maxRaces; race += 1) {
      if (race > 1 || this.#crowd > 1) await storage.pause(Math.max(race - 1, this.#crowd) + slowness(took));
      // Where others write all the time, what is known is old.
      if (this.#crowd > 1) this.#known = undefined;
      const startedAt = monotonic();
      const known = this.#known;
      const found = known ?? (await readLedger(storage));
      const before = found?.state ?? (await counted(storage));
      let state = await withoutLapsed(storage, before);
      const outcomes: Outcome[] = [];
      for (const { change } of batch) {
        const changed = await tried(change, state);
        outcomes.push(changed);
        if ('state' in changed) ({ state } = changed);
      }
      // What changes nothing must not rest on what was known before.
      const unchanged = state === before && found !== undefined;
      if (unchanged && known !== undefined) {
        this.#known = undefined;
        continue;
      }
      const failure = unchanged ? undefined : await this.#swap(storage, state, found);
      took = monotonic() - startedAt;
      this.#crowd = failure === undefined ? Math.max(0, this.#crowd - 1) : Math.min(maxCrowd, this.#crowd + 2);
      if (failure === undefined) {
        this.#known ??= found;
        for (const [index, pending] of batch.entries()) pending.done = outcomes[index];
        return;
      }
      if (!isArtifactError(failure, 'PRECONDITION_FAILED')) failures += 1;
      if (failures === maxFailures) throw failure;
    }
    throw new ArtifactError('UNAVAILABLE', `the ledger was written by others ${maxRaces} times in a row`);
  }

  /** Gives why it is not certain that the write was applied; reading it again then tells. */
  async #swap(storage: Storage, state: LedgerState, found: StoredLedger | undefined): Promise<Error | undefined> {
    this.#known = undefined;
    const condition: WriteCondition = found === undefined ? { absent: true } : { version: found.version };
    try {
      this.#known = await writeLedger(storage, state, condition);
      return undefined;
    } catch (error) {
      storage.lifetime.throwIfAborted();
      if (isArtifactError(error) && (error.code === 'PRECONDITION_FAILED' || mayHaveBeenApplied(error))) return error;
      throw error;
    }
  }
}

/** Whoever loses waits longer where an attempt takes long: others are as slow, and would be in the way again. */
function slowness(ms: number): number {
  return Math.max(0, Math.ceil(Math.log2(ms / usualMs)));
}

async function tried(
  change: Change<unknown>,
  state: LedgerState,
): Promise<Changed<unknown> | { readonly error: unknown }> {
  try {
    return await change(state);
  } catch (error) {
    return { error };
  }
}

/** A ledger that is missing says nothing: what is there is counted. */
async function counted(storage: Storage): Promise<LedgerState> {
  const { bytes, count } = await countArtifacts(storage);
  return { bytes, count, reservations: [], leases: [] };
}

/** Looks what became of reservations whose time is over. A record that does not verify leaves it open a while longer. */
async function withoutLapsed(storage: Storage, found: LedgerState): Promise<LedgerState> {
  const now = storage.environment.now();
  let state = found;
  for (const lapsed of found.reservations.filter(({ deadline }) => deadline < now).slice(0, maxLapsedAtOnce)) {
    const committed = await wasCommitted(storage, lapsed);
    if (committed === 'unknown') {
      state = reserved(state, { ...lapsed, deadline: now + reservationMs }, lapsed.revision);
    } else {
      state = committed ? settled(state, lapsed.revision) : released(state, lapsed.revision);
    }
  }
  return state;
}

/**
 * Whether the record that a reservation is for is there, or what replaced it. Nobody replaces a record before its reservation is
 * settled, so one that is not there never was.
 */
export async function wasCommitted(storage: Storage, { id, revision }: Reservation): Promise<boolean | 'unknown'> {
  try {
    const found = await readRecord(storage, id);
    return found !== undefined && isCommittedBy(found.record, revision);
  } catch (error) {
    if (!isUnverifiable(error)) throw error;
    return 'unknown';
  }
}
