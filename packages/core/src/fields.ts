import { invalidArgument, type ArtifactError } from './errors.ts';
import { quoted } from './ids.ts';

/** The largest time a key can hold: 13 digits of milliseconds, in the year 2286. */
const maxTime = 9_999_999_999_999;
/** Milliseconds of 1973; anything below is far more likely a time in seconds. */
const secondsLook = 100_000_000_000;
const maxNameBytes = 512;
const maxContentTypeBytes = 255;
const maxAudienceBytes = 256;

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quotedString = String.raw`"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e]|\\[\t\x20-\x7e])*"`;
const mediaType = new RegExp(`^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|${quotedString}))*$`);

// What is wrong with a value, or undefined. The same rules check what a caller gives and what a signed record holds.

export function problemOfName(name: unknown): string | undefined {
  return problemOfText(name, maxNameBytes);
}

export function problemOfAudience(audience: unknown): string | undefined {
  return problemOfText(audience, maxAudienceBytes);
}

/** A media type as RFC 9110, 8.3.1 writes it, so that it can stand in a header as it is. */
export function problemOfContentType(contentType: unknown): string | undefined {
  if (typeof contentType !== 'string') return 'is not a string';
  if (contentType.length > maxContentTypeBytes) return `is longer than ${maxContentTypeBytes} characters`;
  return mediaType.test(contentType) ? undefined : 'is not a media type such as "text/plain; charset=utf-8"';
}

export function problemOfSha256(digest: unknown): string | undefined {
  return typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest)
    ? undefined
    : 'is not a SHA-256 as 64 lower-case hex digits';
}

/** A whole number from `min` to `max`. */
export function problemOfInteger(
  value: unknown,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): string | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'is not a whole number';
  return value >= min && value <= max ? undefined : `is ${value}, not from ${min} to ${max}`;
}

export function problemOfTime(time: unknown): string | undefined {
  return problemOfInteger(time, 0, maxTime);
}

/** The first field that has a problem is refused. */
export function requireField(field: string, value: unknown, problem: string | undefined): void {
  if (problem !== undefined)
    throw invalidArgument(field, `${field} ${typeof value === 'string' ? `${quoted(value)} ` : ''}${problem}`);
}

/**
 * A moment in the future, given as a `Date` or in milliseconds since the epoch.
 *
 * @throws `INVALID_ARGUMENT` when it is no time, looks like seconds, or has passed
 */
export function futureTime(field: string, value: Date | number, now: number): number {
  const time = value instanceof Date ? value.getTime() : value;
  requireField(field, time, problemOfTime(time));
  if (time < secondsLook)
    throw refusedTime(field, time, 'looks like seconds: give a Date or milliseconds since the epoch');
  if (time <= now) throw refusedTime(field, time, `has passed: it is not after ${now}`);
  return time;
}

function refusedTime(field: string, time: number, problem: string): ArtifactError {
  return invalidArgument(field, `${field} ${time} ${problem}`, { found: time });
}

function problemOfText(text: unknown, maxBytes: number): string | undefined {
  if (typeof text !== 'string') return 'is not a string';
  if (text === '') return 'is empty';
  if (!text.isWellFormed()) return 'has a lone surrogate: it is not well-formed Unicode';
  if (Buffer.byteLength(text) > maxBytes) return `is longer than ${maxBytes} bytes of UTF-8`;
  return /\p{Cc}/u.test(text) ? 'has a control character' : undefined;
}
