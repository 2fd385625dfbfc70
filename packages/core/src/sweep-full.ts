import type { ObjectInfo } from './backend.ts';
import { batchesOf } from './batches.ts';
import {
  contentPrefix,
  hashOfId,
  idOfRecordKey,
  parseContentKey,
  pendingPrefix,
  parseEitherPendingKey,
  recordsPrefix,
} from './layout.ts';
import { orphanAfterGrace, pendingAfterGrace } from './markers.ts';
import { isArtifact, isUnverifiable, lookUpRecord, type StoredRecord } from './read-record.ts';
import { contentRevision } from './record.ts';
import type { Storage } from './storage.ts';
import type { KeptObject } from './sweep-report.ts';
import { ownerOf, type SweepSpace } from './sweep-space.ts';

/** How many contents are compared with the records in one go: it bounds the memory, not the store. */
const heldAtOnce = 50_000;

/** Contents that lie in storage: their revisions, by the hash of their id. */
type Contents = Map<string, string[]>;

/** The markers that are missing, and what cannot be judged. */
export interface Findings {
  readonly missing: readonly string[];
  readonly kept: readonly KeptObject[];
}

/**
 * Finds content that no record names and no pending marker leads to, and writes that marker (format: Backstop). Deletes nothing
 * itself: what is about to be committed looks the same. Where tombstones end only in an exclusive sweep, it finds them, too.
 */
export async function* announceUnreferenced(
  space: SweepSpace,
  concurrency: number,
): AsyncGenerator<Findings, void, undefined> {
  const { storage, capabilities, exclusive } = space;
  const marked = await markedRevisions(storage);
  let after: string | undefined;
  for (let pass = 1; ; pass += 1) {
    const contents: Contents = new Map();
    after = await takeContents(storage, after, contents);
    const reading = { contents, marked, tombstones: pass === 1 && exclusive && !capabilities.conditionalDelete };
    // Content first, then records: a record that is committed in between is seen.
    for await (const batch of batchesOf(storage.list(recordsPrefix, undefined), concurrency)) {
      const found = await Promise.all(batch.map((info) => compare(space, info, reading)));
      yield await write(space, found);
    }
    // Only content of ids without a record is left.
    const missing = [...contents].flatMap(([idHash, revisions]) =>
      revisions
        .filter((revision) => !marked.has(revision))
        .map((revision) => orphanAfterGrace(storage, revision, idHash)),
    );
    yield await write(space, [{ missing, kept: [] }]);
    if (after === undefined) return;
  }
}

async function markedRevisions(storage: Storage): Promise<Set<string>> {
  const revisions = new Set<string>();
  for await (const { key } of storage.list(pendingPrefix, undefined)) {
    const revision = parseEitherPendingKey(key)?.revision;
    if (revision !== undefined) revisions.add(revision);
  }
  return revisions;
}

/** Fills `contents` with what comes after a key, and gives the key to go on after when that was not all. */
async function takeContents(
  storage: Storage,
  after: string | undefined,
  contents: Contents,
): Promise<string | undefined> {
  let last = after;
  let count = 0;
  for await (const { key } of storage.list(contentPrefix, after)) {
    const content = parseContentKey(key);
    if (content === undefined) continue;
    const { idHash, revision } = content;
    // All of one id together, or the rest of them would look as if nothing named them.
    if (count >= heldAtOnce && !contents.has(idHash)) return last;
    contents.set(idHash, [...(contents.get(idHash) ?? []), revision]);
    count += 1;
    last = key;
  }
  return undefined;
}

/** What the record says of the contents of its id, which are then dealt with. */
async function compare(
  space: SweepSpace,
  info: ObjectInfo,
  {
    contents,
    marked,
    tombstones,
  }: { readonly contents: Contents; readonly marked: ReadonlySet<string>; readonly tombstones: boolean },
): Promise<Findings> {
  const { storage } = space;
  const id = idOfRecordKey(info.key);
  const idHash = id === undefined ? '' : hashOfId(id);
  const revisions = contents.get(idHash);
  if (id === undefined || (revisions === undefined && !tombstones)) return { missing: [], kept: [] };
  contents.delete(idHash);
  let stored: StoredRecord | undefined;
  try {
    stored = await lookUpRecord(storage, id, info);
  } catch (error) {
    if (!isUnverifiable(error)) throw error;
    return { missing: [], kept: [{ ...ownerOf(space, id), why: 'unverifiable', error }] };
  }
  const named = isArtifact(stored) ? contentRevision(stored.record) : undefined;
  const ending = tombstones && stored !== undefined && !isArtifact(stored) ? [stored.record.revision] : [];
  const unnamed = [...(revisions ?? []), ...ending].filter((revision) => revision !== named && !marked.has(revision));
  return { missing: unnamed.map((revision) => pendingAfterGrace(storage, revision, id)), kept: [] };
}

async function write({ storage, dryRun }: SweepSpace, found: readonly Findings[]): Promise<Findings> {
  const missing = found.flatMap((findings) => findings.missing);
  if (!dryRun) for (const key of missing) await storage.put(key, new Uint8Array(0));
  return { missing, kept: found.flatMap(({ kept }) => kept) };
}
