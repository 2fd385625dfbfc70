import type { Allowance } from './allowance.ts';
import type { BackendCapabilities } from './backend.ts';
import { commit, type CommitResult, foundAsSent } from './commit.ts';
import { conditionOver } from './conditions.ts';
import type { Environment } from './environment.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { expiryKey } from './layout.ts';
import { Markers, tidy } from './markers.ts';
import { isArtifact, type StoredRecord } from './read-record.ts';
import { contentRevision, isTombstone, type ArtifactRecord, type SealedRecord, type Tombstone } from './record.ts';
import type { Storage } from './storage.ts';

const maxRaces = 64;

/** One change of the record of one id: its markers, its commit, and what is tidied up around them (format: Protocols). */
export class Transaction {
  readonly storage: Storage;
  readonly environment: Environment;
  readonly capabilities: BackendCapabilities;
  readonly id: string;
  readonly markers: Markers;
  /** Given where usage is kept. */
  readonly allowance: Allowance | undefined;
  #mayBeNamed = false;

  constructor(storage: Storage, capabilities: BackendCapabilities, id: string, allowance?: Allowance) {
    const { environment } = storage;
    this.storage = storage;
    this.environment = environment;
    this.capabilities = capabilities;
    this.id = id;
    this.allowance = allowance;
    this.markers = new Markers(storage, id);
  }

  /** From sending a record on, unless it certainly was not written, nothing that it names may be tidied away. */
  get mayBeNamed(): boolean {
    return this.#mayBeNamed;
  }

  /**
   * Writes `sealed` over what was read, once. On `lost`, and on a failure that certainly wrote nothing, the
   * markers written for it are gone again.
   */
  async replace(
    sealed: SealedRecord<ArtifactRecord | Tombstone>,
    over: Pick<StoredRecord, 'info'> | undefined,
    /** The revision of the content, if any, that the new record leaves behind. */
    { leaving }: { readonly leaving: string | undefined },
  ): Promise<CommitResult> {
    const own: (string | undefined)[] = [];
    try {
      if (!isTombstone(sealed.record)) own.push(await this.markers.expiry(sealed.record));
      if (leaving !== undefined) own.push(await this.markers.pending(leaving));
      this.markers.requireTime();
      this.allowance?.requireTime();
      const condition = conditionOver(over, this.capabilities);
      const { compareAndSwap } = this.capabilities;
      this.storage.lifetime.throwIfAborted();
      this.#mayBeNamed = true;
      const result = await commit(this.storage, {
        sealed,
        condition,
        tombstones: compareAndSwap,
        late: () => this.markers.late || this.allowance?.late === true,
      });
      const version = result === 'lost' ? await this.#foundAfterAll(sealed, own) : result.version;
      if (version !== undefined) {
        this.allowance?.committed();
        return { version };
      }
      this.#mayBeNamed = false;
      await tidy(this.storage, own);
      return 'lost';
    } catch (error) {
      this.#mayBeNamed =
        this.#mayBeNamed && (isArtifactError(error, 'OUTCOME_UNKNOWN') || this.storage.lifetime.aborted);
      if (!this.#mayBeNamed) await tidy(this.storage, own);
      throw error;
    }
  }

  /** Before anything is tidied away that a record may name after all, or the room given up that it fills. */
  async #foundAfterAll(
    sealed: SealedRecord<ArtifactRecord | Tombstone>,
    own: readonly (string | undefined)[],
  ): Promise<string | undefined> {
    const loses = this.allowance !== undefined || mayLose(sealed.record, own);
    return loses ? foundAsSent(this.storage, sealed) : undefined;
  }

  /** Does one operation's `work`, and accounts for what came of it. */
  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    let certain = false;
    try {
      const result = await work(this);
      certain = true;
      return result;
    } finally {
      await this.allowance?.conclude(certain || !this.#mayBeNamed);
    }
  }

  /** Tries until an attempt is not lost, with a growing pause for whoever is faster. */
  async untilWon<T>(attempt: (race: number) => Promise<T | 'lost'>): Promise<T> {
    for (let race = 1; race <= maxRaces; race += 1) {
      const result = await attempt(race);
      if (result !== 'lost') return result;
      await this.storage.pause(Math.min(race, 4));
    }
    throw new ArtifactError(
      'SUPERSEDED',
      `artifact "${this.id}" was written by others ${maxRaces} times in a row: try again later`,
      {
        artifactId: this.id,
      },
    );
  }
}

/** Whether more than the record was written for it. */
function mayLose(record: ArtifactRecord | Tombstone, markers: readonly (string | undefined)[]): boolean {
  return (
    markers.some((marker) => marker !== undefined) || (!isTombstone(record) && contentRevision(record) !== undefined)
  );
}

/** The marker that belonged to a replaced record, no longer needed once the new record is committed. */
export function expiryMarkerOf(stored: StoredRecord | undefined): string | undefined {
  if (!isArtifact(stored)) return undefined;
  const { id, revision, expiresAt } = stored.record;
  return expiresAt === undefined ? undefined : expiryKey(expiresAt, revision, id);
}
