import { invalidArgument } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import { unescapeId } from './ids.ts';
import { namespacePrefix, namespacesPrefix, parseEitherPendingKey, parseExpiryKey } from './layout.ts';
import { isNamespace } from './namespaces.ts';
import type { OperationOptions } from './operation.ts';
import type { SweepProgress } from './sweep-report.ts';

const maxConcurrency = 64;

export interface SweepOptions extends OperationOptions {
  /** Changes nothing, and reports what a sweep would do now. */
  readonly dryRun?: boolean | undefined;
  /**
   * The most markers to settle, so that one call stays short; by default all that are due. What has to stay does not count, so
   * it never keeps a sweep from the rest.
   */
  readonly limit?: number | undefined;
  /** Where a sweep that reached its `limit` ended. Without it a sweep begins anew, and meets what had to stay once more. */
  readonly cursor?: string | undefined;
  /** How many markers are under way at once: 1 to 64, by default 8. */
  readonly concurrency?: number | undefined;
  /**
   * Also lists all records and contents, and leads a later sweep to content that nothing names and no marker leads to. For
   * storage that lost markers; costs as much as there is stored.
   */
  readonly full?: boolean | undefined;
  /**
   * Nobody else uses the store while this sweep runs; whoever says so has to make sure of it. Then also what needs a condition
   * that the backend does not have is removed: expired records, and tombstones. Where it is not true, a sweep may remove what
   * was stored a moment before.
   */
  readonly exclusive?: boolean | undefined;
  /** Is told what happened after each few markers. */
  readonly onProgress?: ((progress: SweepProgress) => void) | undefined;
}

/** Where a sweep goes on: behind the key of a marker, in a namespace or in none. */
export interface SweepPosition {
  readonly namespace: string | undefined;
  readonly after: string;
}

/** Checks a sweep before any I/O. @throws `INVALID_ARGUMENT` */
export function requireSweep(options: SweepOptions): SweepPosition | undefined {
  const { limit, concurrency, cursor, onProgress } = options;
  if (limit !== undefined) requireField('limit', limit, problemOfInteger(limit, 1));
  if (concurrency !== undefined)
    requireField('concurrency', concurrency, problemOfInteger(concurrency, 1, maxConcurrency));
  for (const field of ['dryRun', 'full', 'exclusive'] as const) {
    const value: unknown = options[field];
    requireField(field, value, value === undefined || typeof value === 'boolean' ? undefined : 'is not a boolean');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalidArgument('onProgress', 'onProgress is not a function');
  return cursor === undefined ? undefined : positionOf(cursor);
}

export function cursorOf({ namespace, after }: SweepPosition): string {
  return Buffer.from(`${namespace === undefined ? '' : namespacePrefix(namespace)}${after}`).toString('base64url');
}

/** A cursor only ever names a marker to go on behind; one that was made up can do no more than that. */
function positionOf(cursor: string): SweepPosition {
  const key = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString() : '';
  const [, segment] = /^ns\/([^/]+)\//.exec(key) ?? [];
  const namespace = segment === undefined ? undefined : unescapeId(segment);
  const after = segment === undefined ? key : key.slice(`${namespacesPrefix}${segment}/`.length);
  const known = parseEitherPendingKey(after) ?? parseExpiryKey(after);
  const inNamespace = segment === undefined || (namespace !== undefined && isNamespace(namespace));
  if (known === undefined || !inNamespace || Buffer.from(key).toString('base64url') !== cursor)
    throw invalidArgument('cursor', 'cursor is not one that a sweep of this store gave');
  return { namespace, after };
}
