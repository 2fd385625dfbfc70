import type { Limits } from './environment.ts';
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
import { copyMetadata, type JsonObject } from './json.ts';
import type { OperationOptions } from './operation.ts';
import { openableSource, type ArtifactSource, type OpenableSource } from './source.ts';

export interface UploadOptions extends OperationOptions, Conditions {
  /** For people and `Content-Disposition`; by default the last segment of the id. */
  readonly name?: string | undefined;
  /** A media type (RFC 9110, 8.3.1); by default `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** JSON values, at most 8 KiB as JSON text and 32 levels deep. */
  readonly metadata?: JsonObject | undefined;
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
}

/** An upload whose every field was checked, with nothing of the caller's left to change under way. */
export interface UploadRequest {
  readonly id: string;
  readonly source: OpenableSource;
  readonly conditions: Conditions;
  readonly name: string;
  readonly contentType: string;
  readonly metadata: JsonObject;
  readonly expiresAt: number | undefined;
  readonly retainUntil: number | undefined;
  readonly hold: true | undefined;
  readonly declaredSize: number | undefined;
  readonly expectedSha256: string | undefined;
}

/** Checks an upload before any I/O. @throws `INVALID_ARGUMENT` or `TOO_LARGE`, with the field */
export function uploadRequest(
  id: string,
  source: ArtifactSource,
  options: UploadOptions,
  limits: Limits,
  now: number,
): UploadRequest {
  assertId(id);
  requireConditions(options, 0);
  const {
    name = id.slice(id.lastIndexOf('/') + 1),
    contentType = 'application/octet-stream',
    hold,
    expectedSha256,
  } = options;
  requireField('name', name, problemOfName(name));
  requireField('contentType', contentType, problemOfContentType(contentType));
  requireField('hold', hold, hold === undefined || typeof hold === 'boolean' ? undefined : 'is not a boolean');
  if (expectedSha256 !== undefined) requireField('expectedSha256', expectedSha256, problemOfSha256(expectedSha256));
  const retainUntil =
    options.retainUntil === undefined ? undefined : futureTime('retainUntil', options.retainUntil, now);
  const openable = openableSource(source);
  return {
    id,
    source: openable,
    conditions: { ifGeneration: options.ifGeneration, ifRevision: options.ifRevision },
    name,
    contentType,
    metadata: copyMetadata(options.metadata ?? {}),
    expiresAt: expiry(options, now),
    retainUntil,
    hold: hold === true ? true : undefined,
    declaredSize: declaredSize(id, options.size, openable.size, limits.maxSizeBytes),
    expectedSha256,
  };
}

function expiry({ expiresAt, ttlMs }: UploadOptions, now: number): number | undefined {
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
