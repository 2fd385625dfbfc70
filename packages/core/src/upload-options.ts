import type { Environment } from './environment.ts';
import { requireConditions, type Conditions } from './conditions.ts';
import { tooLarge } from './content.ts';
import { invalidArgument } from './errors.ts';
import {
  futureTime,
  problemOfContentType,
  problemOfInteger,
  problemOfName,
  problemOfSha256,
  requireField,
} from './fields.ts';
import { assertId } from './ids.ts';
import type { JsonObject } from './json.ts';
import { checkMetadata, type CheckedMetadata } from './metadata-schema.ts';
import type { OperationOptions } from './operation.ts';
import { requireProgress, type OnProgress } from './progress.ts';
import { openableSource, type ArtifactSource, type OpenableSource } from './source.ts';

/** @typeParam Metadata - The input of the store's `metadataSchema`. */
export interface UploadOptions<Metadata = JsonObject> extends OperationOptions, Conditions {
  /** For people and `Content-Disposition`; by default the last segment of the id. */
  readonly name?: string | undefined;
  /** A media type (RFC 9110, 8.3.1); by default `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** JSON values, at most 8 KiB as JSON text and 32 levels deep; by default `{}`. */
  readonly metadata?: Metadata | undefined;
  /** When reads begin to be refused: a `Date` or milliseconds since the epoch, in the future. */
  readonly expiresAt?: Date | number | undefined;
  /** The same from now on, in milliseconds. Instead of `expiresAt`. */
  readonly ttlMs?: number | undefined;
  /** Until when overwrite and delete are refused. Can be extended later, never shortened. */
  readonly retainUntil?: Date | number | undefined;
  /** Refuses overwrite and delete until an update lifts it. */
  readonly hold?: boolean | undefined;
  /** The exact size in bytes. Refuses a longer or shorter source, and lets a backend plan. */
  readonly size?: number | undefined;
  /** The content's SHA-256 in hex, when it is known before. Other content is refused with `INTEGRITY`. */
  readonly expectedSha256?: string | undefined;
  /** Is told how many bytes were taken from the source, after each part; begins anew when the upload is tried again. */
  readonly onProgress?: OnProgress | undefined;
}

/** What an artifact keeps when it moves, or is restored: it is no new version. */
interface Carried {
  readonly generation: number;
  readonly createdAt: number;
  /** Whether the content is what the record there was signed for, so that neither a hold nor retention refuses it. */
  readonly restored: boolean;
}

/** An upload whose every field was checked, with nothing of the caller's left to change under way. */
export interface UploadRequest {
  readonly id: string;
  readonly source: OpenableSource;
  readonly conditions: Conditions;
  readonly name: string;
  readonly contentType: string;
  readonly metadata: CheckedMetadata;
  readonly expiresAt: number | undefined;
  readonly retainUntil: number | undefined;
  readonly hold: true | undefined;
  readonly declaredSize: number | undefined;
  readonly expectedSha256: string | undefined;
  readonly onProgress: OnProgress | undefined;
  readonly carried?: Carried | undefined;
}

/** The last segment of an id. */
export function defaultName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** Checks an upload before any I/O. @throws `INVALID_ARGUMENT` or `TOO_LARGE`, with the field */
export function uploadRequest(
  id: string,
  source: ArtifactSource,
  options: UploadOptions<unknown>,
  { limits, metadataSchema, now: clock }: Environment,
): UploadRequest {
  // First, because a stream may fail while its upload is refused.
  const openable = openableSource(source);
  const now = clock();
  assertId(id);
  requireConditions(options, 0);
  const {
    name = defaultName(id),
    contentType = 'application/octet-stream',
    hold,
    expectedSha256,
    onProgress,
  } = options;
  requireField('name', name, problemOfName(name));
  requireField('contentType', contentType, problemOfContentType(contentType));
  requireField('hold', hold, hold === undefined || typeof hold === 'boolean' ? undefined : 'is not a boolean');
  if (expectedSha256 !== undefined) requireField('expectedSha256', expectedSha256, problemOfSha256(expectedSha256));
  requireProgress(onProgress);
  const retainUntil =
    options.retainUntil === undefined ? undefined : futureTime('retainUntil', options.retainUntil, now);
  return {
    id,
    source: openable,
    conditions: { ifGeneration: options.ifGeneration, ifRevision: options.ifRevision },
    name,
    contentType,
    metadata: checkMetadata(metadataSchema, options.metadata ?? {}),
    expiresAt: expiry(options, now),
    retainUntil,
    hold: hold === true ? true : undefined,
    declaredSize: declaredSize(id, options.size, openable.size, limits.maxSizeBytes),
    expectedSha256,
    onProgress,
  };
}

function expiry({ expiresAt, ttlMs }: UploadOptions<unknown>, now: number): number | undefined {
  if (ttlMs === undefined) return expiresAt === undefined ? undefined : futureTime('expiresAt', expiresAt, now);
  if (expiresAt !== undefined) throw invalidArgument('ttlMs', 'ttlMs and expiresAt exclude each other: give one');
  requireField('ttlMs', ttlMs, problemOfInteger(ttlMs, 1));
  return futureTime('ttlMs', now + ttlMs, now);
}

function declaredSize(
  id: string,
  size: number | undefined,
  known: number | undefined,
  maxSizeBytes: number,
): number | undefined {
  if (size !== undefined) {
    requireField('size', size, problemOfInteger(size, 0));
    if (known !== undefined && known !== size) {
      throw invalidArgument('size', `the source has ${known} bytes, not the declared size of ${size}`, {
        expected: size,
        found: known,
      });
    }
  }
  const declared = size ?? known;
  if (declared !== undefined && declared > maxSizeBytes) throw tooLarge(id, maxSizeBytes);
  return declared;
}
