import type { Allowance } from './allowance.ts';
import { freshName } from './environment.ts';
import { ArtifactError } from './errors.ts';
import type { Slot } from './lease.ts';
import type { Ledger } from './ledger.ts';
import { marginMs, released, reservationMs, settled, type LedgerState, type Reservation } from './ledger-state.ts';
import type { QuotaOptions } from './quota.ts';
import { isArtifact, type StoredRecord } from './read-record.ts';
import { recountIfDue } from './recount.ts';
import { reserving } from './reserving.ts';
import { quotaExceeded, type Shortage } from './shortage.ts';
import type { Storage } from './storage.ts';

/** Some two and a half minutes: by then a lease that nobody hands back has ended. */
const maxWaits = 240;
/** How much a stream of unknown length asks for beyond what it needs, so that it rarely has to. */
const stepBytes = 8 * 1024 * 1024;

/** Reserves, and settles or releases, in the ledger. */
export class LedgerAllowance implements Allowance {
  readonly #storage: Storage;
  readonly #ledger: Ledger;
  readonly #quota: QuotaOptions;
  readonly #id: string;
  #held: Reservation | undefined;
  /** Instead: room of a lease, for a small artifact that is new. */
  #slot: { readonly slot: Slot; readonly revision: string; readonly bytes: number } | undefined;
  #steadyDeadline = 0;
  /** The revision that is to be replaced by what is held, and whether that was tried. */
  #over: string | undefined;
  #tried = false;
  /** Up to here a stream that had to give its room back goes on without asking. */
  #unheld = 0;
  #outcome: 'open' | 'committed' | 'withdrawn' = 'open';
  /** All revisions that may stand in the ledger. */
  readonly #asked = new Set<string>();

  constructor(storage: Storage, id: string, ledger: Ledger, quota: QuotaOptions) {
    this.#storage = storage;
    this.#id = id;
    this.#ledger = ledger;
    this.#quota = quota;
  }

  async admit(
    size: number | undefined,
    current: StoredRecord | undefined,
    look: () => Promise<StoredRecord | undefined>,
  ): Promise<StoredRecord | undefined> {
    const fresh: Reservation = {
      id: this.#id,
      revision: freshName(this.#storage.environment),
      bytes: size ?? 0,
      open: size === undefined ? true : undefined,
      deadline: 0,
    };
    if (current === undefined && (await this.#takeSlot(fresh, size))) return undefined;
    const wanted = size === undefined ? [{ ...fresh, bytes: stepBytes }, fresh] : [fresh];
    if (current === undefined && (await this.#reserve(wanted, undefined, false)) === undefined) return undefined;
    // What there is no room for beside what is there may still have room in its place.
    const found = current ?? (await look());
    const replaces = sizeOf(found);
    await this.#require(
      wanted.map((each) => ({ ...each, replaces })),
      found?.record.revision,
    );
    return found;
  }

  /** Larger content may take longer than a lease lasts. */
  async #takeSlot({ revision, bytes }: Reservation, size: number | undefined): Promise<boolean> {
    if (size === undefined || size > this.#storage.environment.limits.inlineBytes) return false;
    const slot = await this.#ledger.lease?.take(this.#storage, bytes, this.#quota);
    this.#slot = slot && { slot, revision, bytes };
    return slot !== undefined;
  }

  async sent(bytes: number): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    if (held.open === true && bytes > held.bytes && bytes > this.#unheld) await this.#grow(held, bytes);
    else if (this.#isAging) await this.#require([held], this.#over);
  }

  async complete(bytes: number): Promise<void> {
    const held = this.#held;
    if (held?.open !== true) return;
    await this.#require([{ ...held, bytes, open: undefined }], this.#over);
  }

  async revisionOver(current: StoredRecord | undefined): Promise<string | undefined> {
    const over = current?.record.revision;
    if (this.#slot !== undefined) {
      const { slot, revision, bytes } = this.#slot;
      if (current === undefined && !slot.late) return revision;
      // A lease is for what is new: what an overwrite leaves behind has to be settled in the ledger.
      const own = { id: this.#id, revision: freshName(this.#storage.environment), bytes, deadline: 0 };
      // First, or it would be in its own way.
      slot.giveBack();
      this.#slot = undefined;
      await this.#require([{ ...own, replaces: sizeOf(current) }], over);
    }
    const held = this.#held;
    if (held === undefined) return undefined;
    if (this.#tried || over !== this.#over || this.#isAging) {
      const revision = this.#tried ? freshName(this.#storage.environment) : held.revision;
      await this.#require([{ ...held, revision, replaces: sizeOf(current) }], over);
    }
    this.#tried = true;
    return this.#held?.revision;
  }

  async revisionToDelete(current: StoredRecord): Promise<string | undefined> {
    const revision = freshName(this.#storage.environment);
    const deleting = {
      id: this.#id,
      revision,
      bytes: 0,
      replaces: sizeOf(current),
      deletes: true,
      deadline: 0,
    } as const;
    await this.#require([deleting], current.record.revision);
    return revision;
  }

  async leaves(revision: string): Promise<void> {
    await this.#ledger.change(this.#storage, (state) => ({ state: settled(state, revision), result: undefined }));
  }

  get late(): boolean {
    return this.#slot?.slot.late ?? this.#isWithin(marginMs);
  }

  requireTime(): void {
    if (!this.late) return;
    throw new ArtifactError('TIMEOUT', `artifact "${this.#id}" was not committed within its reservation`, {
      artifactId: this.#id,
    });
  }

  committed(): void {
    this.#outcome = 'committed';
  }

  withdrawn(): void {
    this.#outcome = 'withdrawn';
  }

  async conclude(certain: boolean): Promise<void> {
    const outcome = this.#outcome;
    const held = this.#held;
    this.#ledger.lease?.worked(this.#storage);
    await this.#concludeSlot(certain);
    // What may have been committed is found out when its time is over.
    if (this.#asked.size === 0 || (outcome !== 'withdrawn' && !certain)) return;
    const gone = held && { ...held, bytes: 0, deletes: true as const };
    const concluded = (state: LedgerState): LedgerState => {
      const counted =
        held === undefined || outcome === 'open'
          ? state
          : settled(state, held.revision, outcome === 'withdrawn' ? gone : undefined);
      return [...this.#asked].reduce(released, counted);
    };
    try {
      await this.#ledger.change(this.#storage.forTidying(), (state) => ({
        state: concluded(state),
        result: undefined,
      }));
    } catch {
      // As after a crash: the reservation lapses, and whoever finds it looks at the record.
    }
  }

  async #concludeSlot(certain: boolean): Promise<void> {
    if (this.#slot === undefined) return;
    const { slot, revision, bytes } = this.#slot;
    if (certain && this.#outcome === 'committed') slot.spend();
    else if (certain || this.#outcome === 'withdrawn') slot.giveBack();
    else {
      const deadline = this.#storage.environment.now() + reservationMs;
      await slot.leaveOpen(this.#storage.forTidying(), { id: this.#id, revision, bytes, deadline });
    }
  }

  /** Asks for more before the next bytes go out. A stream that only others of its kind are in the way of goes on without, and asks at its end. */
  async #grow(held: Reservation, bytes: number): Promise<void> {
    const more = { ...held, bytes: bytes + Math.max(stepBytes, Math.floor(bytes / 4)) };
    const shortage = await this.#reserve([more, { ...held, bytes }], this.#over, false);
    if (shortage === undefined) return;
    if (shortage.behind === undefined) throw quotaExceeded(this.#id, shortage);
    await this.#giveBack();
    this.#unheld = bytes + stepBytes;
  }

  async #giveBack(): Promise<void> {
    if (this.#held?.open !== true || this.#held.bytes === 0) return;
    await this.#require([{ ...this.#held, bytes: 0 }], this.#over);
  }

  /** @throws `QUOTA_EXCEEDED` */
  async #require(wanted: readonly Reservation[], over: string | undefined): Promise<void> {
    const shortage = await this.#reserve(wanted, over, true);
    if (shortage !== undefined) throw quotaExceeded(this.#id, shortage);
  }

  /** Gives what is missing, once there is no use in waiting for it; without patience, at once. */
  async #reserve(
    wanted: readonly Reservation[],
    over: string | undefined,
    patient: boolean,
  ): Promise<Shortage | undefined> {
    const { now, monotonic } = this.#storage.environment;
    for (let wait = 1; ; wait += 1) {
      const at = now();
      const steady = monotonic();
      const asked = wanted.map((each) => ({ ...each, deadline: at + reservationMs }));
      for (const { revision } of asked) this.#asked.add(revision);
      const demand = { wanted: asked, instead: this.#held?.revision, over };
      const answer = await this.#ledger.change(this.#storage, reserving(demand, this.#quota, at));
      if (answer === 'recount') await recountIfDue(this.#storage, this.#ledger);
      if ((answer === 'recount' || answer === 'lapsed') && wait < maxWaits) continue;
      if (typeof answer === 'object' && 'admitted' in answer) {
        if (over !== this.#over || this.#held?.revision !== answer.admitted.revision) this.#tried = false;
        this.#held = answer.admitted;
        this.#over = over;
        this.#steadyDeadline = steady + reservationMs;
        return undefined;
      }
      if (typeof answer === 'object' && (!patient || answer.shortage.behind === undefined || wait >= maxWaits))
        return answer.shortage;
      if (wait >= maxWaits) {
        const why =
          answer === 'crowded' ? 'cannot name more uploads and deletes at once' : 'is being counted by others';
        throw new ArtifactError('UNAVAILABLE', `the ledger ${why}: try again later`);
      }
      // Two that wait for each other's room would wait for ever.
      await this.#giveBack();
      await this.#ledger.lease?.handBack(this.#storage);
      await this.#storage.pause(Math.min(wait, 6));
    }
  }

  get #isAging(): boolean {
    return this.#isWithin(reservationMs / 2);
  }

  /** Whether its deadline is nearer than that, by the wall clock or the steady one. */
  #isWithin(ms: number): boolean {
    const { now, monotonic } = this.#storage.environment;
    const held = this.#held;
    return held !== undefined && (now() > held.deadline - ms || monotonic() > this.#steadyDeadline - ms);
  }
}

/** The bytes of an artifact that is there; none where there is no artifact. */
function sizeOf(current: StoredRecord | undefined): number | undefined {
  return isArtifact(current) ? current.record.sizeBytes : undefined;
}
