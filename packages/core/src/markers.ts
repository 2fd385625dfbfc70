import { freshName } from './environment.ts';
import { ArtifactError } from './errors.ts';
import { expiryKey, orphanKey, pendingKey } from './layout.ts';
import type { ArtifactRecord } from './record.ts';
import type { Storage } from './storage.ts';

const empty = new Uint8Array(0);

/**
 * The marker objects that one operation wrote, and the time by which it has to commit because of them (format:
 * Protocols, rules for all). An operation removes only markers it wrote itself.
 */
export class Markers {
  readonly #storage: Storage;
  readonly #id: string;
  /** Both clocks at the first marker: a deadline by one of them alone could be stepped over. */
  #first: { readonly wall: number; readonly monotonic: number } | undefined;

  constructor(storage: Storage, id: string) {
    this.#storage = storage;
    this.#id = id;
  }

  /** Announces that from now + grace on the content of this revision is to be judged. Gives the marker's key. */
  async pending(revision: string): Promise<string> {
    const wall = this.#storage.environment.now();
    this.#first ??= { wall, monotonic: this.#storage.environment.monotonic() };
    const key = pendingKey(
      wall + this.#storage.environment.limits.graceMs,
      freshName(this.#storage.environment),
      revision,
      this.#id,
    );
    await this.#storage.put(key, empty);
    return key;
  }

  /** Lets the sweep find this revision of the record when it expires. */
  async expiry({ expiresAt, revision }: Pick<ArtifactRecord, 'expiresAt' | 'revision'>): Promise<string | undefined> {
    if (expiresAt === undefined) return undefined;
    const wall = this.#storage.environment.now();
    this.#first ??= { wall, monotonic: this.#storage.environment.monotonic() };
    // A marker may be dropped once its time is a grace ago, and half of that may pass before the record is committed.
    const longAgo = expiresAt < wall - this.#storage.environment.limits.graceMs / 2;
    const key = expiryKey(longAgo ? wall : expiresAt, revision, this.#id);
    await this.#storage.put(key, empty);
    return key;
  }

  /** Whether half of the grace has passed since the first marker: from then on a sweep may be near. */
  get late(): boolean {
    if (this.#first === undefined) return false;
    const { now, monotonic, limits } = this.#storage.environment;
    return Math.max(now() - this.#first.wall, monotonic() - this.#first.monotonic) > limits.graceMs / 2;
  }

  /** @throws `TIMEOUT` when it is too late to commit */
  requireTime(): void {
    if (!this.late) return;
    const { graceMs } = this.#storage.environment.limits;
    throw new ArtifactError(
      'TIMEOUT',
      `artifact "${this.#id}" was not committed within half of the grace of ${graceMs} ms`,
      {
        artifactId: this.#id,
      },
    );
  }
}

/**
 * Removes what is no longer needed, content before the marker that leads to it. A failed clean-up never changes the
 * outcome: the sweep finds what stays behind.
 */
export async function tidy(storage: Storage, keys: readonly (string | undefined)[]): Promise<void> {
  const tidying = storage.forTidying();
  try {
    for (const key of keys) if (key !== undefined) await tidying.delete(key);
  } catch {
    // What stays is garbage with a marker, and nothing that anybody waits for.
  }
}

/** The key of a marker about content that is to be judged a grace from now. */
export function pendingAfterGrace({ environment }: Storage, revision: string, id: string): string {
  return pendingKey(environment.now() + environment.limits.graceMs, freshName(environment), revision, id);
}

/** The same where nothing tells the id. */
export function orphanAfterGrace({ environment }: Storage, revision: string, idHash: string): string {
  return orphanKey(environment.now() + environment.limits.graceMs, freshName(environment), revision, idHash);
}
