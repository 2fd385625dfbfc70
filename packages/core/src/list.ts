import type { ArtifactMetadata } from './artifact.ts';
import type { ObjectInfo } from './backend.ts';
import { isPast } from './conditions.ts';
import { ArtifactError, invalidArgument, isArtifactError, type InvalidEntry } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import { assertPrefix, escapeId } from './ids.ts';
import { inOrder } from './in-order.ts';
import { isKey } from './keys.ts';
import type { JsonObject } from './json.ts';
import { idOfRecordKey, recordsPrefix } from './layout.ts';
import { typedMetadata } from './metadata-schema.ts';
import type { OperationOptions } from './operation.ts';
import { isArtifact, isUnverifiable, lookUpRecord } from './read-record.ts';
import { notIntact, toMetadata } from './record.ts';
import type { Storage } from './storage.ts';

const recordsAtOnce = 16;
const maxReported = 100;
const defaultPageSize = 100;
const maxPageSize = 1000;

export interface ListOptions extends OperationOptions {
  /** Only ids that start with this; any start of an id, not a folder. */
  readonly prefix?: string | undefined;
  /** Expired artifacts, too. */
  readonly includeExpired?: boolean | undefined;
  /** Is told of every record that does not verify. Without it the listing ends with one `INTEGRITY` error for all of them. */
  readonly onInvalid?: ((entry: InvalidEntry) => void) | undefined;
}

export interface PageOptions extends OperationOptions {
  readonly prefix?: string | undefined;
  readonly includeExpired?: boolean | undefined;
  /** Entries of one page, good and invalid together: 1 to 1,000, by default 100. */
  readonly limit?: number | undefined;
  /** Where the previous page ended. */
  readonly cursor?: string | undefined;
}

/** @typeParam Metadata - The output of the store's `metadataSchema`. */
export interface Page<Metadata = JsonObject> {
  readonly artifacts: readonly ArtifactMetadata<Metadata>[];
  /** What is listed but does not verify. */
  readonly invalid: readonly InvalidEntry[];
  /** Given when there is more. */
  readonly cursor?: string;
}

type Entry = { readonly metadata: ArtifactMetadata<unknown> } | { readonly invalid: InvalidEntry } | 'hidden';

/** Checks a listing before any I/O. @throws `INVALID_ARGUMENT` */
export function requireListing({ prefix, onInvalid }: ListOptions): void {
  assertPrefix(prefix ?? '');
  if (onInvalid !== undefined && typeof onInvalid !== 'function')
    throw invalidArgument('onInvalid', 'onInvalid is not a function');
}

/** Every artifact in the order of keys; every good one first gets its turn, whatever does not verify beside it. */
export async function* listArtifacts(
  storage: Storage,
  options: ListOptions,
): AsyncGenerator<ArtifactMetadata<unknown>, void, undefined> {
  const invalid: InvalidEntry[] = [];
  let count = 0;
  for await (const entry of readAhead(storage, options)) {
    if (entry === 'hidden') continue;
    if ('metadata' in entry) yield entry.metadata;
    else {
      count += 1;
      if (options.onInvalid !== undefined) options.onInvalid(entry.invalid);
      else if (invalid.length < maxReported) invalid.push(entry.invalid);
    }
  }
  if (invalid.length === 0) return;
  throw new ArtifactError(
    'INTEGRITY',
    `${count} listed artifacts fail their integrity check, first "${invalid[0]?.id}" with ${invalid[0]?.error.code}: see invalid`,
    { invalid, found: count },
  );
}

/** Reads the records of a listing, several at once, and gives them in order. */
async function* readAhead(
  storage: Storage,
  { prefix, includeExpired = false }: ListOptions,
): AsyncGenerator<Entry, void, undefined> {
  yield* inOrder(recordKeys(storage, prefix, undefined), recordsAtOnce, storage.lifetime, (info) =>
    readEntry(storage, info, includeExpired),
  );
}

/** Checks a page request before any I/O and gives the key to go on after. @throws `INVALID_ARGUMENT` */
export function requirePage({ prefix = '', limit, cursor }: PageOptions): string | undefined {
  assertPrefix(prefix);
  if (limit !== undefined) requireField('limit', limit, problemOfInteger(limit, 1, maxPageSize));
  return cursor === undefined ? undefined : keyOfCursor(cursor, prefix);
}

/** One page, and where the next one begins. Reads no more records than it gives, unless some are hidden. */
export async function pageOfArtifacts(
  storage: Storage,
  options: PageOptions,
  after: string | undefined,
): Promise<Page<unknown>> {
  const { limit = defaultPageSize, includeExpired = false } = options;
  const artifacts: ArtifactMetadata<unknown>[] = [];
  const invalid: InvalidEntry[] = [];
  const keys = recordKeys(storage, options.prefix, after)[Symbol.asyncIterator]();
  let last: string | undefined;
  try {
    for (let room = limit; room > 0; room = limit - artifacts.length - invalid.length) {
      const batch = await take(keys, Math.min(room, recordsAtOnce));
      if (batch.length === 0) return { artifacts, invalid };
      for (const entry of await Promise.all(batch.map((info) => readEntry(storage, info, includeExpired)))) {
        if (entry === 'hidden') continue;
        if ('metadata' in entry) artifacts.push(entry.metadata);
        else invalid.push(entry.invalid);
      }
      last = batch.at(-1)?.key;
    }
    const more = (await keys.next()).done !== true;
    return { artifacts, invalid, ...(more && last !== undefined && { cursor: cursorOf(last) }) };
  } finally {
    await keys.return?.();
  }
}

/** What lies there under a key that is none of ours is nobody's record, and no page could end with it. */
export async function* recordKeys(
  storage: Storage,
  prefix: string | undefined,
  after: string | undefined,
): AsyncGenerator<ObjectInfo, void, undefined> {
  for await (const info of storage.list(recordsPrefix + escapeId(prefix ?? ''), after)) if (isKey(info.key)) yield info;
}

async function take<T>(items: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await items.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

async function readEntry(storage: Storage, info: ObjectInfo, includeExpired: boolean): Promise<Entry> {
  const claimed = info.key.slice(recordsPrefix.length);
  const id = idOfRecordKey(info.key);
  if (id === undefined) return { invalid: { id: claimed, error: notIntact(claimed, 'its key is of no id') } };
  try {
    const stored = await lookUpRecord(storage, id, info);
    if (!isArtifact(stored)) return 'hidden';
    const expired = isPast(stored.record.expiresAt, storage.environment.now());
    if (expired && !includeExpired) return 'hidden';
    return { metadata: typedMetadata(storage.environment.metadataSchema, toMetadata(stored)) };
  } catch (error) {
    // A record that does not verify must not hide the others; a storage that fails ends the listing.
    if (!isUnverifiable(error) && !isArtifactError(error, 'METADATA_INVALID')) throw error;
    return { invalid: { id, error } };
  }
}

function cursorOf(key: string): string {
  return Buffer.from(key.slice(recordsPrefix.length)).toString('base64url');
}

/** A cursor only ever names a key to go on after; one that was made up can do no more than that. */
function keyOfCursor(cursor: string, prefix: string): string {
  const key = typeof cursor === 'string' ? recordsPrefix + Buffer.from(cursor, 'base64url').toString() : '';
  // A page may end with a key of no id; what comes after it must not be hidden.
  if (!isKey(key) || cursorOf(key) !== cursor || !key.startsWith(recordsPrefix + escapeId(prefix))) {
    throw invalidArgument('cursor', 'cursor is not one that a page of this prefix gave');
  }
  return key;
}
