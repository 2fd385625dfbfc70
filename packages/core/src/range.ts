import { invalidArgument, type ArtifactError } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';

/** A half-open range of bytes, `[start, end)`, to the end when `end` is left out; or the last so many bytes. */
export type RangeRequest = { readonly start: number; readonly end?: number | undefined } | { readonly last: number };

/** A range as it was clipped to content of `size` bytes. */
export interface ResolvedRange {
  readonly start: number;
  readonly end: number;
  /** Bytes of the whole content. */
  readonly size: number;
}

/** Checks the form of a range, before the size of the content is known. @throws `INVALID_ARGUMENT` */
export function requireRange(range: RangeRequest): void {
  if (typeof range !== 'object' || range === null)
    throw invalidArgument('range', 'range is not an object with start or last');
  if ('last' in range) {
    requireField('range.last', range.last, problemOfInteger(range.last, 0));
    return;
  }
  requireField('range.start', range.start, problemOfInteger(range.start, 0));
  if (range.end !== undefined) requireField('range.end', range.end, problemOfInteger(range.end, range.start));
}

/**
 * The range within content of `size` bytes.
 *
 * @throws `INVALID_ARGUMENT` with `sizeBytes` when it starts at or past the end of content that is not empty
 */
export function resolveRange(range: RangeRequest | undefined, size: number): ResolvedRange {
  if (range === undefined) return { start: 0, end: size, size };
  requireRange(range);
  if ('last' in range) return { start: Math.max(0, size - range.last), end: size, size };
  if (range.start >= size && size > 0) throw startsPastEnd(range.start, size);
  return { start: Math.min(range.start, size), end: Math.min(range.end ?? size, size), size };
}

function startsPastEnd(start: number, size: number): ArtifactError {
  return invalidArgument('range.start', `range.start ${start} is not before the end of ${size} bytes`, {
    sizeBytes: size,
    found: start,
  });
}
