import { expiryPrefix, parseExpiryKey } from './layout.ts';
import type { Storage } from './storage.ts';

/**
 * Which revisions any expiry marker leads to. A sweep moves the marker of what has to stay to a later time, so that its key
 * cannot be told from the record.
 */
export class ExpiryMarkers {
  readonly #storage: Storage;
  #revisions: ReadonlySet<string> = new Set();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Lists all markers unless it has seen one of this revision. */
  async leadTo(revision: string): Promise<boolean> {
    if (this.#revisions.has(revision)) return true;
    const revisions = new Set<string>();
    for await (const { key } of this.#storage.list(expiryPrefix, undefined)) {
      const marker = parseExpiryKey(key);
      if (marker !== undefined) revisions.add(marker.revision);
    }
    this.#revisions = revisions;
    return revisions.has(revision);
  }
}
