import type { BackendCapabilities } from './backend.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import {
  dueUntil,
  expiryPrefix,
  parseExpiryKey,
  parsePendingKey,
  pendingPrefix,
  probePrefix,
  type Marker,
} from './layout.ts';
import { clockOfMedium, maxClockSkewMs, requireClock } from './medium-clock.ts';
import { namespacesOf } from './namespace-list.ts';
import { isUnverifiable } from './read-record.ts';
import type { Storage } from './storage.ts';
import { sweepExpiry } from './sweep-expiry.ts';
import { announceUnreferenced } from './sweep-full.ts';
import { cursorOf, type SweepOptions, type SweepPosition } from './sweep-options.ts';
import { dueOrphans, sweepOrphan } from './sweep-orphans.ts';
import { SweepLedger } from './sweep-ledger.ts';
import { sweepPending } from './sweep-pending.ts';
import { SweepTally, type KeptObject, type SweepProgress, type SweepReport, type Verdict } from './sweep-report.ts';
import { keepMarker, ownerOf, type SweepSpace } from './sweep-space.ts';

const defaultConcurrency = 8;

/** Removes what is due: markers in the order of their times, so the cost is that of what there is to do (format: Sweep). */
export async function sweep(
  storage: Storage,
  capabilities: BackendCapabilities,
  options: SweepOptions,
  from: SweepPosition | undefined,
): Promise<SweepReport> {
  return new Sweep(storage, capabilities, options).run(from);
}

type SomeMarker = Pick<KeptObject, 'id'> & Pick<Marker, 'key'>;
type Judge<T extends SomeMarker> = (space: SweepSpace, marker: T) => Promise<Verdict>;

/** One kind of marker: where it lies, how its key is read, and who judges it. */
interface Kind {
  readonly prefix: string;
  readonly parse: (key: string) => Marker | undefined;
  readonly judge: Judge<Marker>;
  /** How long after its time a marker is due, in milliseconds. */
  readonly delayMs: number;
}

class Sweep {
  readonly #storage: Storage;
  readonly #options: SweepOptions;
  readonly #shared: Omit<SweepSpace, 'storage' | 'ledger'>;
  readonly #tally = new SweepTally();
  #last: SweepPosition | undefined;

  constructor(storage: Storage, capabilities: BackendCapabilities, options: SweepOptions) {
    const { dryRun = false, exclusive = false } = options;
    this.#storage = storage;
    this.#options = options;
    this.#shared = { capabilities, dryRun, exclusive };
  }

  async run(from: SweepPosition | undefined): Promise<SweepReport> {
    const { dryRun } = this.#shared;
    if (!dryRun) await this.#discardUnfinished();
    let start = from;
    for await (const storage of this.#storages(from?.namespace)) {
      const ended = await this.#sweepSpace(this.#within(storage), start?.after);
      if (!ended) return this.#tally.report(dryRun, this.#last && cursorOf(this.#last));
      start = undefined;
    }
    return this.#tally.report(dryRun, undefined);
  }

  /** What interrupted writes left behind. It is of the whole medium, so a namespace leaves it to the store. */
  async #discardUnfinished(): Promise<void> {
    const { now, realClock, limits, scope } = this.#storage.environment;
    const ofMedium = await clockOfMedium(this.#storage);
    // A clock that was put in is not meant to be that of the medium.
    if (realClock) requireClock(ofMedium, now());
    if (scope.namespace !== undefined) return;
    // By the clock that is behind, whichever that is: what is younger may be a write in progress.
    const before = Math.min(now(), ofMedium ?? now()) - limits.graceMs;
    await this.#storage.discardUnfinished(new Date(before));
    for await (const { key, modifiedAt } of this.#storage.list(probePrefix, undefined)) {
      if (modifiedAt.getTime() <= before) await this.#storage.delete(key);
    }
  }

  #within(storage: Storage): SweepSpace {
    return { ...this.#shared, storage, ledger: new SweepLedger(storage, this.#shared.capabilities) };
  }

  /** The store itself, then each of its namespaces. */
  async *#storages(from: string | undefined): AsyncGenerator<Storage, void, undefined> {
    if (from === undefined) yield this.#storage;
    if (this.#storage.environment.scope.namespace !== undefined) return;
    for await (const name of namespacesOf(this.#storage, from)) yield this.#storage.within(name);
  }

  /** Gives whether it came to the end of what is due. */
  async #sweepSpace(space: SweepSpace, from: string | undefined): Promise<boolean> {
    const kinds = [pendingKind, expiryKind(space)];
    const first = from === undefined ? 0 : kinds.findIndex(({ prefix }) => from.startsWith(prefix));
    for (const [index, kind] of kinds.slice(first).entries()) {
      const due = dueMarkers(space, kind, index === 0 ? from : undefined);
      if (!(await this.#judge(space, due, kind.judge))) return false;
    }
    return this.#options.full !== true || this.#sweepUnmarked(space);
  }

  /** What only a comparison of everything finds: judges what was found a grace ago, and finds more. */
  async #sweepUnmarked(space: SweepSpace): Promise<boolean> {
    if (!(await this.#judge(space, dueOrphans(space), sweepOrphan))) return false;
    for await (const { missing, kept } of announceUnreferenced(space, this.#concurrency))
      this.#tell(this.#tally.find(missing.length, kept));
    return true;
  }

  async #judge<T extends SomeMarker>(space: SweepSpace, due: AsyncIterable<T>, judge: Judge<T>): Promise<boolean> {
    const { limit = Number.POSITIVE_INFINITY } = this.#options;
    let batch: T[] = [];
    for await (const marker of due) {
      if (this.#tally.room(limit) === 0) return false;
      batch.push(marker);
      if (batch.length < Math.min(this.#concurrency, this.#tally.room(limit))) continue;
      await this.#settle(space, batch, judge);
      batch = [];
    }
    if (batch.length > 0) await this.#settle(space, batch, judge);
    return true;
  }

  async #settle<T extends SomeMarker>(space: SweepSpace, batch: readonly T[], judge: Judge<T>): Promise<void> {
    const progress = this.#tally.add(await judgeAll(space, batch, judge));
    const { namespace } = space.storage.environment.scope;
    const after = batch.at(-1)?.key;
    // A cursor is of this handle, which may be a namespace itself.
    const inside = this.#storage.environment.scope.namespace === undefined ? namespace : undefined;
    if (after !== undefined) this.#last = { namespace: inside, after };
    this.#tell(progress);
  }

  #tell(progress: SweepProgress): void {
    const { onProgress } = this.#options;
    if (onProgress !== undefined) this.#storage.environment.observers.tell(() => onProgress(progress));
  }

  get #concurrency(): number {
    return this.#options.concurrency ?? defaultConcurrency;
  }
}

const pendingKind: Kind = { prefix: pendingPrefix, parse: parsePendingKey, judge: sweepPending, delayMs: 0 };

function expiryKind({ storage, capabilities, exclusive }: SweepSpace): Kind {
  const { compareAndSwap, conditionalDelete } = capabilities;
  const able = compareAndSwap || conditionalDelete || exclusive;
  const error = unsupported(storage.environment.backend.name);
  const refuse: Kind['judge'] = async (space, { id }) =>
    keepMarker({ ...ownerOf(space, id), why: 'unsupported', error });
  const judge = able ? sweepExpiry : refuse;
  return { prefix: expiryPrefix, parse: parseExpiryKey, judge, delayMs: maxClockSkewMs };
}

/** The listing ends at the first marker that is not due. */
async function* dueMarkers(
  { storage }: SweepSpace,
  { prefix, parse, delayMs }: Kind,
  after: string | undefined,
): AsyncGenerator<Marker, void, undefined> {
  const end = dueUntil(prefix, storage.environment.now() - delayMs);
  for await (const { key } of storage.list(prefix, after)) {
    if (key >= end) return;
    const marker = parse(key);
    if (marker !== undefined) yield marker;
  }
}

/**
 * Judges markers at once, those of one id after each other. The failure of one stops no other, unless the storage is away and
 * all of them fail.
 */
async function judgeAll<T extends SomeMarker>(
  space: SweepSpace,
  markers: readonly T[],
  judge: Judge<T>,
): Promise<Verdict[]> {
  const fatal: unknown[] = [];
  const passing: unknown[] = [];
  const ofId = new Map<string, Promise<unknown>>();
  const verdicts = await Promise.all(
    markers.map(async (marker): Promise<Verdict> => {
      const { id = marker.key } = marker;
      try {
        const judged = (ofId.get(id) ?? Promise.resolve()).then(() => judge(space, marker));
        ofId.set(
          id,
          judged.catch(() => undefined),
        );
        return await judged;
      } catch (error) {
        if (!isArtifactError(error) || space.storage.lifetime.aborted || error.code === 'CONFIGURATION') {
          fatal.push(error);
          return keepMarker();
        }
        if (error.retryable) passing.push(error);
        const why = isUnverifiable(error) ? 'unverifiable' : 'failed';
        return keepMarker({ ...ownerOf(space, marker.id), why, error });
      }
    }),
  );
  if (passing.length === markers.length) fatal.push(passing[0]);
  if (fatal.length > 0) throw fatal[0];
  return verdicts;
}

function unsupported(backend: string): ArtifactError {
  return new ArtifactError(
    'UNSUPPORTED',
    `backend "${backend}" can remove no record under a condition: sweep with exclusive: true while nobody else uses the store`,
    { field: 'exclusive' },
  );
}
