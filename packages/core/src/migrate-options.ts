import { invalidArgument } from './errors.ts';
import { assertId, assertPrefix } from './ids.ts';
import { recordKey } from './layout.ts';
import type { OperationOptions } from './operation.ts';
import { requireProgress } from './progress.ts';
import { requirePass } from './pass-options.ts';
import type { PassFailures } from './record-pass.ts';
import { ArtifactReader } from './reader.ts';
import type { Session } from './session.ts';

/** `timeoutMs` is the limit of each artifact. */
export interface MigrateOptions extends OperationOptions {
  /** How many artifacts are under way at once: 1 to 256, by default 16. */
  readonly concurrency?: number | undefined;
  /** Only ids of `from` itself that start with this; its namespaces stay out. */
  readonly prefix?: string | undefined;
  /** Only these ids of `from` itself; its namespaces stay out. */
  readonly ids?: Iterable<string> | undefined;
  /** Sends nothing: compares every artifact with the one at its destination, and reads that one's content to its end. */
  readonly verifyOnly?: boolean | undefined;
  /** Changes nothing, and reports what would be sent. Gives no manifest. */
  readonly dryRun?: boolean | undefined;
  /**
   * Deletes each artifact from `from` once its content was read back and verified at its destination, and only if nobody changed
   * it meanwhile. What has the same revision there stays, since it may be the very same. Needs compare-and-swap there.
   */
  readonly deleteSource?: boolean | undefined;
  /** Is told after each artifact. Can neither change nor break anything. */
  readonly onProgress?: ((progress: MigrateProgress) => void) | undefined;
}

/** How far a migration has come. */
export interface MigrateProgress {
  /** Artifacts that were looked at. */
  readonly artifacts: number;
  readonly failed: number;
  /** Bytes of content that were sent. */
  readonly sentBytes: number;
}

export interface MigrateReport extends PassFailures {
  /** Artifacts whose content was sent. */
  readonly copied: number;
  /** Artifacts whose content was there and of which a record was written, because expiry, metadata or the like had changed. */
  readonly updated: number;
  /** Artifacts that were there as they are. */
  readonly unchanged: number;
  /** Expired artifacts that neither a hold nor retention keeps: they count as gone and are left out. */
  readonly expired: number;
  /** Artifacts that were deleted from `from`. */
  readonly deleted: number;
  /** Bytes of content that were sent. */
  readonly sentBytes: number;
  /** Signed by the destination: all artifacts of `from` that are there, for {@link verifyManifest}. Some 200 bytes for each. */
  readonly manifest: Uint8Array<ArrayBuffer> | undefined;
}

/** A migration whose every option was checked. */
export interface CheckedMigration {
  readonly source: Session;
  readonly target: Session;
  /** In the order of keys, each once. */
  readonly ids: readonly string[] | undefined;
}

/** Checks a migration before any I/O. @throws `INVALID_ARGUMENT` */
export function requireMigration(from: unknown, to: unknown, options: MigrateOptions): CheckedMigration {
  const source = sessionOf('from', from);
  const target = sessionOf('to', to);
  source.requireOpen();
  target.requireOpen();
  if (target.environment.readOnly) throw invalidArgument('to', 'to is a reader: give a store that may write');
  const samePlace = source.environment.keyPrefix === target.environment.keyPrefix;
  if (samePlace && source.environment.backend === target.environment.backend)
    throw invalidArgument('to', 'to is where from is: give another backend, prefix or namespace');
  const { prefix, ids, onProgress, concurrency, timeoutMs } = options;
  requirePass({ concurrency, timeoutMs });
  requireProgress(onProgress);
  assertPrefix(prefix ?? '');
  const modes = (['verifyOnly', 'dryRun', 'deleteSource'] as const).filter((mode) => {
    const value: unknown = options[mode];
    if (value !== undefined && typeof value !== 'boolean') throw invalidArgument(mode, `${mode} is not a boolean`);
    return value === true;
  });
  const [first, second] = modes;
  if (second !== undefined) throw invalidArgument(second, `${second} and ${first} exclude each other: give one`);
  if (options.deleteSource === true && source.environment.readOnly)
    throw invalidArgument('deleteSource', 'deleteSource needs a store that may delete, and from is a reader');
  if (prefix !== undefined && ids !== undefined)
    throw invalidArgument('ids', 'ids and prefix exclude each other: give one');
  return { source, target, ids: ids === undefined ? undefined : sorted(ids) };
}

function sessionOf(field: 'from' | 'to', store: unknown): Session {
  const session = ArtifactReader.sessionOf(store);
  if (session === undefined) throw invalidArgument(field, `${field} is no store of this copy of @artifacts/core`);
  return session;
}

function sorted(ids: unknown): readonly string[] {
  if (typeof ids !== 'object' || ids === null || !(Symbol.iterator in ids))
    throw invalidArgument('ids', 'ids cannot be iterated: give an array of ids');
  const unique = [...new Set(ids as Iterable<string>)];
  for (const id of unique) assertId(id);
  const byKey = new Map(unique.map((id) => [recordKey(id), id]));
  return [...byKey.keys()].toSorted().map((key) => byKey.get(key) ?? '');
}
