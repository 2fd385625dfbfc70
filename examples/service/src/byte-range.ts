import type { RangeRequest } from '@artifacts/core';

/**
 * The one range that a header asks for (RFC 9110, 14.1.2), as the store takes it. Several at once, other units and what is
 * malformed are ignored, as they may be: the answer is then the whole.
 */
export function byteRangeOf(header: string | undefined): RangeRequest | undefined {
  const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') return { last: position(last) };
  if (last === '') return { start: position(first) };
  // Half open there, closed here.
  return position(last) < position(first) ? undefined : { start: position(first), end: position(last) + 1 };
}

/** However many digits there are: beyond any artifact is beyond any artifact. */
function position(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER - 1);
}
