import type { ObjectInfo } from './backend.ts';
import type { ArtifactRecord, Tombstone, VerifiedRecord } from './record.ts';

/** How many characters of records are kept for each place in the cache, so that long ones do not fill the memory. */
const charactersPerEntry = 2048;

interface Entry {
  readonly version: string;
  readonly size: number;
  /** As text: whoever gets the record may change it, and gets one of its own. */
  readonly record: string;
  readonly keyId: string;
  readonly signature: string;
}

/**
 * Records that verified, by key and version. A version names the stored bytes, so a record counts as long as the storage
 * names the same one; what was used least recently goes first.
 */
export class RecordCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxEntries: number;
  #characters = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The version that is kept of this key, to ask the storage whether it is still there. */
  versionOf(key: string): string | undefined {
    return this.#entries.get(key)?.version;
  }

  /** What verified once under this key in exactly the version that the storage names now. */
  find(key: string, { version, size }: ObjectInfo): VerifiedRecord | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.version !== version || entry.size !== size) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const { record, keyId, signature } = entry;
    return { record: JSON.parse(record) as ArtifactRecord | Tombstone, keyId, signature };
  }

  keep(key: string, { version, size }: ObjectInfo, { record, keyId, signature }: VerifiedRecord): void {
    this.forget(key);
    const entry = { version, size, record: JSON.stringify(record), keyId, signature };
    this.#entries.set(key, entry);
    this.#characters += entry.record.length;
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= this.#maxEntries && this.#characters <= this.#maxEntries * charactersPerEntry) return;
      this.forget(oldest);
    }
  }

  forget(key: string): void {
    this.#characters -= this.#entries.get(key)?.record.length ?? 0;
    this.#entries.delete(key);
  }
}
