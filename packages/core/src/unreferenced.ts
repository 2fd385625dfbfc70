import type { Finding } from './finding.ts';
import {
  contentPrefix,
  hashOfId,
  idOfRecordKey,
  parseContentKey,
  parseEitherPendingKey,
  pendingPrefix,
  recordsPrefix,
} from './layout.ts';
import type { Storage } from './storage.ts';
import type { VerifiedArtifact } from './verify-artifact.ts';

/**
 * Content that no record names and that no marker leads to, or one that should have been swept long ago. What is being uploaded has a
 * marker until its record is there, and what is replaced gets one before its record goes. So content is listed first, then
 * markers, then records are read, and at last markers once more: what none of them told of was led to by nothing. Holds the key of
 * every content, some 150 bytes for each.
 */
export class Unreferenced {
  readonly #storage: Storage;
  readonly #contents: Set<string>;
  /** Revisions of content whose marker was stale when the records were not read yet. */
  #stale: ReadonlySet<string> = new Set();
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
    if (contents.size > 0) unreferenced.#stale = await unreferenced.#leaveMarked();
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
    const stale = await this.#leaveMarked();
    const ids = await this.#idsOfContents();
    for (const key of this.#contents) {
      const { idHash = '', revision = '' } = parseContentKey(key) ?? {};
      // A sweep has come by meanwhile.
      if (this.#stale.has(revision) && !stale.has(revision)) continue;
      if ((await this.#storage.get(key, 0)) === undefined) continue;
      const id = ids.get(idHash);
      yield { code: stale.has(revision) ? 'STALE_TEMPORARY' : 'ORPHAN_CONTENT', ...(id !== undefined && { id }), key };
    }
  }

  /** Leaves out what a marker leads to that will be due, or has been for less than a grace. Gives the revisions of the others. */
  async #leaveMarked(): Promise<ReadonlySet<string>> {
    const { limits, now } = this.#storage.environment;
    const staleBefore = now() - limits.graceMs;
    const [stale, marked] = [new Set<string>(), new Set<string>()];
    for await (const { key } of this.#storage.list(pendingPrefix, undefined)) {
      const marker = parseEitherPendingKey(key);
      if (marker !== undefined) (marker.time < staleBefore ? stale : marked).add(marker.revision);
    }
    for (const key of this.#contents) {
      if (marked.has(parseContentKey(key)?.revision ?? '')) this.#contents.delete(key);
    }
    return stale;
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
