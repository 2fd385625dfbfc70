import type { Finding } from './finding.ts';
import {
  contentPrefix,
  hashOfId,
  idOfRecordKey,
  parseContentKey,
  pendingPrefix,
  pendingRevisionOf,
  recordsPrefix,
} from './layout.ts';
import type { Storage } from './storage.ts';
import type { VerifiedArtifact } from './verify-artifact.ts';

/**
 * Content that nothing leads to. What is being uploaded has a marker until its record is there, and what is replaced gets one
 * before its record goes. So content is listed first, then markers, then records are read, and at last markers once more: what
 * none of them told of was led to by nothing. Holds the key of every content, some 150 bytes for each.
 */
export class Unreferenced {
  readonly #storage: Storage;
  readonly #contents: Set<string>;
  /** Ids whose record does not verify: nobody can say what it names. */
  readonly #unjudged = new Set<string>();

  private constructor(storage: Storage, contents: Set<string>) {
    this.#storage = storage;
    this.#contents = contents;
  }

  static async find(storage: Storage): Promise<Unreferenced> {
    const contents = new Set<string>();
    for await (const { key } of storage.list(contentPrefix, undefined)) {
      if (parseContentKey(key) !== undefined) contents.add(key);
    }
    const unreferenced = new Unreferenced(storage, contents);
    if (contents.size > 0) await unreferenced.#leaveMarked();
    return unreferenced;
  }

  /** What a record names is not among them. */
  seen(id: string | undefined, { judged, contentKey }: Pick<VerifiedArtifact, 'judged' | 'contentKey'>): void {
    if (contentKey !== undefined) this.#contents.delete(contentKey);
    if (id !== undefined && !judged) this.#unjudged.add(hashOfId(id));
  }

  /** To be asked for when every record was seen. */
  async *findings(): AsyncGenerator<Omit<Finding, 'cursor'>, void, undefined> {
    for (const key of this.#contents) {
      if (this.#unjudged.has(parseContentKey(key)?.idHash ?? '')) this.#contents.delete(key);
    }
    if (this.#contents.size === 0) return;
    await this.#leaveMarked();
    const ids = await this.#idsOfContents();
    for (const key of this.#contents) {
      if ((await this.#storage.get(key, 0)) === undefined) continue;
      const id = ids.get(parseContentKey(key)?.idHash ?? '');
      yield { code: 'ORPHAN_CONTENT', ...(id !== undefined && { id }), key };
    }
  }

  async #leaveMarked(): Promise<void> {
    const revisions = new Set<string>();
    for await (const { key } of this.#storage.list(pendingPrefix, undefined)) {
      const revision = pendingRevisionOf(key);
      if (revision !== undefined) revisions.add(revision);
    }
    for (const key of this.#contents) {
      if (revisions.has(parseContentKey(key)?.revision ?? '')) this.#contents.delete(key);
    }
  }

  /** The ids that have a record, by their hash. */
  async #idsOfContents(): Promise<ReadonlyMap<string, string>> {
    const hashes = new Set(Array.from(this.#contents, (key) => parseContentKey(key)?.idHash));
    const ids = new Map<string, string>();
    for await (const { key } of this.#storage.list(recordsPrefix, undefined)) {
      const id = idOfRecordKey(key);
      const hash = id === undefined ? undefined : hashOfId(id);
      if (id !== undefined && hash !== undefined && hashes.has(hash)) ids.set(hash, id);
    }
    return ids;
  }
}
