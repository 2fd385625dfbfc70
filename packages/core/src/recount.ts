import { countArtifacts, countOf, type Count } from './counting.ts';
import { freshName } from './environment.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { ledgerKey } from './layout.ts';
import type { Change, Ledger } from './ledger.ts';
import { writeLedger } from './ledger-object.ts';
import { changeOf, isCommittedBy, minus, plus, recountMs, sum, type Amount, type Reservation } from './ledger-state.ts';
import { isUnverifiable } from './read-record.ts';
import type { Storage } from './storage.ts';

const maxWaits = 384;

/** What a recount found. */
export interface Recount extends Amount {
  /** How much more that is than the ledger said; negative where it is less. None where no ledger verified. */
  readonly drift?: Amount;
  /** Records that do not verify; what they say counts for nothing. */
  readonly invalid: number;
}

/** The same also where the ledger does not verify: then what is counted takes its place. */
export async function recountAnew(storage: Storage, ledger: Ledger): Promise<Recount> {
  try {
    return await recount(storage, ledger);
  } catch (error) {
    if (!isUnverifiable(error)) throw error;
  }
  const forged = await storage.get(ledgerKey, 0);
  const { bytes, count, invalid } = await countArtifacts(storage);
  const condition = forged === undefined ? ({ absent: true } as const) : { version: forged.info.version };
  try {
    await writeLedger(storage, { bytes, count, reservations: [], leases: [] }, condition);
  } catch (error) {
    // Somebody else was faster, or our own lost answer was: there is a ledger to go on from.
    if (!isArtifactError(error) || (error.code !== 'PRECONDITION_FAILED' && !error.retryable)) throw error;
    return recount(storage, ledger);
  }
  return { bytes, count, invalid };
}

/**
 * Counts what is there and puts the ledger right. Nothing is admitted meanwhile. What was admitted before may still be
 * committed: those ids are left out of the count, and looked at when its result is written.
 */
async function recount(storage: Storage, ledger: Ledger): Promise<Recount> {
  const by = freshName(storage.environment);
  return finish(storage, ledger, by, await begin(storage, ledger, by));
}

/** The same for who cannot go on before somebody has counted: of many of them one does. */
export async function recountIfDue(storage: Storage, ledger: Ledger): Promise<void> {
  const by = freshName(storage.environment);
  try {
    await finish(storage, ledger, by, await begin(storage, ledger, by, true));
  } catch (error) {
    if (!isArtifactError(error, 'SUPERSEDED')) throw error;
  }
}

/** Counts, once that was begun. `admitted` is what was by then. */
async function finish(
  storage: Storage,
  ledger: Ledger,
  by: string,
  admitted: readonly Reservation[],
): Promise<Recount> {
  const { now, monotonic } = storage.environment;
  let renewedAt = monotonic();
  const inDoubt = new Set(admitted.map(({ id }) => id));
  const counted = await countArtifacts(storage, inDoubt, async () => {
    if (monotonic() - renewedAt < recountMs / 4) return;
    renewedAt = monotonic();
    await ledger.change(storage, (state) => {
      // What was admitted after another's count is in none of what was counted here.
      if (state.recount?.by !== by) throw superseded();
      return { state: { ...state, recount: { by, deadline: now() + recountMs } }, result: undefined };
    });
  });
  return ledger.change(storage, finishing(storage, by, counted, inDoubt));
}

/**
 * Waits until nobody else counts and every lease has come back or ended. Gives what was admitted before.
 *
 * @throws `SUPERSEDED` if it was to be done only `ifDue`, and somebody else has done it
 */
async function begin(storage: Storage, ledger: Ledger, by: string, ifDue = false): Promise<readonly Reservation[]> {
  const { now } = storage.environment;
  for (let wait = 1; wait <= maxWaits; wait += 1) {
    const begun = await ledger.change(storage, (state) => {
      const { recount: other, leases, reservations } = state;
      if (other !== undefined && other.by !== by && other.deadline >= now()) return { state, result: undefined };
      if (ifDue && other === undefined && leases.every(({ deadline }) => deadline >= now())) throw superseded();
      const left = leases.filter(({ deadline }) => deadline >= now());
      const next = { ...state, leases: left, recount: { by, deadline: now() + recountMs } };
      return { state: next, result: left.length === 0 ? reservations : undefined };
    });
    if (begun !== undefined) return begun;
    await storage.pause(Math.min(wait, 6));
  }
  throw new ArtifactError('UNAVAILABLE', 'the ledger is being counted by others: try again later');
}

/** Records the result. Reservations whose record is there are part of what was counted, and end with it. */
function finishing(storage: Storage, by: string, counted: Count, inDoubt: ReadonlySet<string>): Change<Recount> {
  let proposed: Recount | undefined;
  return async (state) => {
    if (state.recount?.by !== by) {
      // Ours, after a lost answer, or that of somebody who took over: either way it has been counted.
      if (proposed !== undefined && state.recount === undefined) return { state, result: proposed };
      throw superseded();
    }
    const looked: Awaited<ReturnType<typeof countOf>>[] = [];
    for (const id of inDoubt) looked.push(await countOf(storage, id));
    const { bytes, count } = sum([counted, ...looked]);
    const committed = state.reservations.filter(({ revision }) =>
      looked.some(({ record }) => record !== undefined && isCommittedBy(record, revision)),
    );
    const said = plus(state, sum(committed.map(changeOf)));
    const invalid = looked.reduce((total, one) => total + one.invalid, counted.invalid);
    proposed = { bytes, count, drift: minus({ bytes, count }, said), invalid };
    const reservations = state.reservations.filter((each) => !committed.includes(each));
    return { state: { ...state, bytes, count, reservations, recount: undefined }, result: proposed };
  };
}

function superseded(): ArtifactError {
  return new ArtifactError('SUPERSEDED', 'the recount took so long that somebody else has counted: try again');
}
