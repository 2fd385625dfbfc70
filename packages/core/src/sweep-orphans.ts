import {
  contentKeyOf,
  dueUntil,
  hashOfId,
  idOfRecordKey,
  parseOrphanKey,
  pendingPrefix,
  recordsPrefix,
  type OrphanMarker,
} from './layout.ts';
import { sweepPending } from './sweep-pending.ts';
import type { SweptObject, Verdict } from './sweep-report.ts';
import { dropMarker, ownerOf, type SweepSpace } from './sweep-space.ts';

/** How many are compared with one listing of the records. */
const judgedAtOnce = 10_000;

/** A due marker about content of which nothing told the id, and the id if there is a record of it by now. */
export interface DueOrphan extends OrphanMarker {
  readonly id: string | undefined;
}

/**
 * What an earlier full sweep found to be content of no id that has a record (format: Backstop). Only a listing of all records can
 * say whether it still is, so a sweep that is not full passes these markers over.
 */
export async function* dueOrphans(space: SweepSpace): AsyncGenerator<DueOrphan, void, undefined> {
  let after: string | undefined;
  do {
    const due = await takeDue(space, after);
    if (due.length > 0) yield* await identify(space, due);
    after = due.length < judgedAtOnce ? undefined : due.at(-1)?.key;
  } while (after !== undefined);
}

/** Removes the content, unless its id has a record, which then says what it names. */
export async function sweepOrphan(space: SweepSpace, { key, revision, idHash, id }: DueOrphan): Promise<Verdict> {
  const { storage, dryRun } = space;
  if (id !== undefined) return sweepPending(space, { key, revision, id });
  const content = contentKeyOf(idHash, revision);
  const found = await storage.get(content, 0);
  if (found === undefined) return dropMarker(space, { key });
  if (!dryRun) await storage.delete(content);
  const { size: bytes } = found.info;
  const removed: SweptObject = { what: 'content', why: 'unreferenced', ...ownerOf(space, undefined), bytes };
  return dropMarker(space, { key }, [removed]);
}

async function takeDue({ storage }: SweepSpace, after: string | undefined): Promise<OrphanMarker[]> {
  const due: OrphanMarker[] = [];
  const end = dueUntil(pendingPrefix, storage.environment.now());
  for await (const { key } of storage.list(pendingPrefix, after)) {
    if (key >= end || due.length === judgedAtOnce) break;
    const marker = parseOrphanKey(key);
    if (marker !== undefined) due.push(marker);
  }
  return due;
}

async function identify({ storage }: SweepSpace, due: readonly OrphanMarker[]): Promise<DueOrphan[]> {
  const hashes = new Set(due.map(({ idHash }) => idHash));
  const ids = new Map<string, string>();
  for await (const { key } of storage.list(recordsPrefix, undefined)) {
    const id = idOfRecordKey(key);
    const idHash = id === undefined ? '' : hashOfId(id);
    if (id !== undefined && hashes.has(idHash)) ids.set(idHash, id);
  }
  return due.map((marker) => ({ ...marker, id: ids.get(marker.idHash) }));
}
