import type { ObjectInfo } from './backend.ts';
import { requireCapability } from './conditions.ts';
import { isArtifactError, type ArtifactError, type ErrorCode, type InvalidEntry } from './errors.ts';
import { escapeId } from './ids.ts';
import { recordsPrefix } from './layout.ts';
import { sealManifest, type ManifestEntry } from './manifest.ts';
import { settleEach } from './many.ts';
import { requireMigration, type CheckedMigration, type MigrateOptions, type MigrateReport } from './migrate-options.ts';
import { moveArtifact, type Move, type Moved, type MoveMode } from './move-artifact.ts';
import type { OperationOptions } from './operation.ts';
import type { ArtifactReader } from './reader.ts';
import type { ArtifactRecord } from './record.ts';
import { atOnce, unhurried } from './pass-options.ts';
import { Failures, nobodysRecord, partsOf, recordsOf, type Part, type PassedRecord } from './record-pass.ts';
import type { Session } from './session.ts';
import { isOfSource } from './source-failure.ts';
import type { Storage } from './storage.ts';
import type { ArtifactStore } from './store.ts';

interface MigrationMove extends Move {
  /** That of the source, where the whole store is moved. */
  readonly namespace: string | undefined;
}

/** What is about the destination and not about one artifact: the rest would fail, too, and each after sending its content. */
const ofDestination: ReadonlySet<ErrorCode> = new Set([
  'UNAVAILABLE',
  'ACCESS_DENIED',
  'BACKEND',
  'CONFIGURATION',
  'QUOTA_EXCEEDED',
]);

/** The destination failed. Ends all moves at once; whoever started them tells its cause. */
class DestinationFailed extends Error {
  override readonly name = 'DestinationFailed';

  constructor(cause: ArtifactError) {
    super('the destination failed', { cause });
  }
}

/**
 * Brings every artifact of `from` to `to`, with its name, content type, metadata, generation, creation, expiry, retention and hold; from a
 * whole store to a whole store with all namespaces. Content is verified while it is read and lies under a new name; records are signed
 * anew, so audience and keys may differ. `from` is not changed unless `deleteSource` is asked for.
 *
 * Ended at any moment and called again, it sends only what is not there yet: that is also how to make a backup, and again to keep it
 * up. It deletes nothing at the destination, lifts no hold and shortens no retention there, and replaces nothing that was uploaded later
 * (`ALREADY_EXISTS`).
 *
 * What is refused or damaged is among the `failures`, and the others arrive. Rejects when a listing or the destination fails.
 *
 * @throws `INVALID_ARGUMENT` with the field, `UNSUPPORTED` when `deleteSource` lacks compare-and-swap
 */
export async function migrate(
  from: ArtifactReader<unknown>,
  to: ArtifactStore<never, unknown>,
  options: MigrateOptions = {},
): Promise<MigrateReport> {
  const checked = requireMigration(from, to, options);
  const { source, target } = checked;
  const pass = unhurried({ signal: options.signal, context: options.context });
  return source.run('migrate', undefined, pass, (reading) =>
    target.run('migrate', undefined, { ...pass, signal: reading.lifetime.signal }, (writing) =>
      moveAll(checked, options, reading, writing),
    ),
  );
}

async function moveAll(
  checked: CheckedMigration,
  options: MigrateOptions,
  reading: Storage,
  writing: Storage,
): Promise<MigrateReport> {
  const { environment } = writing;
  const { onProgress, timeoutMs, context } = options;
  const mode = await modeOf(checked, options, reading, writing);
  const failures = new Failures();
  const counts = { copied: 0, updated: 0, unchanged: 0, expired: 0 };
  let [artifacts, failed, deleted, sentBytes] = [0, 0, 0, 0];
  const shared = { concurrency: atOnce(options), signal: writing.lifetime.signal, timeoutMs, context };
  const moves = movesOf(checked, options, reading, writing, failures);
  const results = await settleEach(moves, shared, environment.monotonic, async (move, operation) => {
    const { moved, failure } = await moveOrTell(move, mode, operation);
    // The trace of a deleted artifact is none.
    if (moved?.outcome === 'gone') return {};
    if (moved !== undefined) counts[moved.outcome] += 1;
    if (moved?.outcome === 'copied') sentBytes += moved.record?.sizeBytes ?? 0;
    if (moved?.deleted === true) deleted += 1;
    if (failure !== undefined) failed += 1;
    artifacts += 1;
    const progress = { artifacts, failed, sentBytes };
    if (onProgress !== undefined) environment.observers.tell(() => onProgress(progress));
    return { entry: moved?.record && manifestEntry(move, moved.record), failure };
  }).catch((error: unknown) => {
    throw error instanceof DestinationFailed ? error.cause : error;
  });
  const entries: ManifestEntry[] = [];
  for (const result of results) {
    if (!result.success) throw result.error;
    if (result.entry !== undefined) entries.push(result.entry);
    if (result.failure !== undefined) failures.add(result.failure);
  }
  const manifest = mode.does === 'compare' ? undefined : await sealManifest(environment, entries);
  return { ...counts, deleted, sentBytes, ...failures.report, manifest };
}

/** Asks both sides what they can do before anything is moved. */
async function modeOf(
  { source, target }: CheckedMigration,
  { verifyOnly, dryRun, deleteSource = false }: MigrateOptions,
  reading: Storage,
  writing: Storage,
): Promise<MoveMode> {
  if (deleteSource) {
    const { name } = reading.environment.backend;
    requireCapability(await source.prepare(reading), 'compareAndSwap', name, 'deleteSource');
  }
  const does = verifyOnly === true ? 'verify' : dryRun === true ? 'compare' : 'send';
  const capabilities = await (does === 'send' ? target.prepare(writing) : writing.capabilities());
  return { does, deleteSource, capabilities };
}

/** What was refused or is damaged is told, and stops no other. */
async function moveOrTell(
  move: MigrationMove,
  mode: MoveMode,
  options: OperationOptions,
): Promise<{ readonly moved?: Moved; readonly failure?: InvalidEntry | undefined }> {
  try {
    const moved = await moveArtifact(move, mode, options);
    return { moved, failure: moved.kept && entryOf(move, moved.kept) };
  } catch (error) {
    if (!isArtifactError(error)) throw error;
    if (ofDestination.has(error.code) && !isOfSource(error)) throw new DestinationFailed(error);
    return { failure: entryOf(move, error) };
  }
}

/** What is to be moved, in the order of keys, with what lies under the same key at the destination. */
async function* movesOf(
  { source, target, ids }: CheckedMigration,
  { prefix }: MigrateOptions,
  reading: Storage,
  writing: Storage,
  failures: Failures,
): AsyncGenerator<MigrationMove, void, undefined> {
  const own: Part = { session: source, storage: reading, prefix: '', namespace: undefined };
  if (ids !== undefined) {
    for (const id of ids) yield { id, ...pairOf(own, target, writing), listed: undefined, there: undefined };
    return;
  }
  const { namespace } = target.environment.scope;
  const whole = prefix === undefined && namespace === undefined;
  for await (const part of whole ? partsOf(source, reading) : [own]) {
    const pair = pairOf(part, target, writing);
    const there = pair.writing.list(recordsPrefix + escapeId(prefix ?? ''), undefined);
    for await (const [passed, found] of joined(recordsOf(part, undefined, prefix), there)) {
      const { id, info } = passed;
      if (id === undefined) failures.add(nobodysRecord(passed));
      else yield { id, ...pair, listed: info, there: found ?? 'absent' };
    }
  }
}

function pairOf(part: Part, to: Session, writing: Storage): Omit<MigrationMove, 'id' | 'listed' | 'there'> {
  const { session: source, storage: reading, namespace } = part;
  if (namespace === undefined) return { source, reading, target: to, writing, namespace };
  return { source, reading, target: to.namespace(namespace), writing: writing.within(namespace), namespace };
}

/** Each record of the source with the object of the same key at the destination: both listings are in the same order. */
async function* joined(
  records: AsyncIterable<PassedRecord>,
  objects: AsyncGenerator<ObjectInfo, void, undefined>,
): AsyncGenerator<readonly [PassedRecord, ObjectInfo | undefined], void, undefined> {
  try {
    let next = await objects.next();
    for await (const record of records) {
      const { key } = record.info;
      while (next.done !== true && next.value.key < key) next = await objects.next();
      yield [record, next.done !== true && next.value.key === key ? next.value : undefined];
    }
  } finally {
    await objects.return();
  }
}

function entryOf({ namespace, id }: MigrationMove, error: ArtifactError): InvalidEntry {
  return { ...(namespace !== undefined && { namespace }), id, error };
}

function manifestEntry({ target }: MigrationMove, record: ArtifactRecord): ManifestEntry {
  const { id, generation, sizeBytes, checksumSha256 } = record;
  const { namespace } = target.environment.scope;
  return { ...(namespace !== undefined && { namespace }), id, generation, sizeBytes, checksumSha256 };
}
