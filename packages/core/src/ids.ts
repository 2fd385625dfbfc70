import { invalidArgument } from './errors.ts';

const maxIdBytes = 512;
const maxEscapedBytes = 768;
const controlCharacter = /\p{Cc}/u;
const plain = /^[a-z0-9._/-]*$/;

/**
 * Refuses an artifact id that has no key (format: Keys).
 *
 * @throws `INVALID_ARGUMENT` with the field `id`
 */
export function assertId(id: string): void {
  const problem = problemOfText(id, 'id') ?? problemOfSegments(id);
  if (problem !== undefined) {
    throw invalidArgument('id', `id ${quoted(id)} ${problem}`);
  }
}

/**
 * Refuses a prefix that no id can start with. The last segment may be cut anywhere; an empty prefix means all.
 *
 * @throws `INVALID_ARGUMENT` with the field `prefix`
 */
export function assertPrefix(prefix: string): void {
  const problem = prefix === '' ? undefined : (problemOfText(prefix, 'prefix') ?? problemOfSegments(`${prefix}x`));
  if (problem !== undefined) throw invalidArgument('prefix', `prefix ${quoted(prefix)} ${problem}`);
}

/** The form of an id, or of a start of one, that stands in keys: `=` and two hex digits for every byte outside `[a-z0-9._/-]`. */
export function escapeId(id: string): string {
  if (plain.test(id)) return id;
  let key = '';
  for (const byte of Buffer.from(id)) {
    const character = String.fromCharCode(byte);
    key += plain.test(character) ? character : `=${byte.toString(16).padStart(2, '0')}`;
  }
  return key;
}

/** The id whose escaped form this is, or `undefined` when no id has it. */
export function unescapeId(key: string): string | undefined {
  const id = Buffer.from(
    key.replaceAll(/=([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();
  // Only what escapes to the same text was escaped.
  return escapeId(id) === key && problemOfText(id, 'id') === undefined && problemOfSegments(id) === undefined
    ? id
    : undefined;
}

/** A text that somebody else chose, as it may stand in a message: without control characters, cut so that it cannot fill a log. */
export function printable(text: string): string {
  return JSON.stringify(text.slice(0, 120)).slice(1, -1);
}

/** Quoted for a message, cut so that a hostile value cannot fill a log. */
export function quoted(value: unknown): string {
  if (typeof value !== 'string') return `of type ${typeof value}`;
  const text = JSON.stringify(value);
  return text.length <= 120 ? text : `${text.slice(0, 120)}..."`;
}

/** What is wrong with text that is to be a name in keys, or `undefined`. */
export function problemOfText(text: unknown, what: string): string | undefined {
  if (typeof text !== 'string') return `is not a string`;
  if (text === '') return 'is empty: give it at least one character';
  if (!text.isWellFormed()) return 'has a lone surrogate: it is not well-formed Unicode';
  if (Buffer.byteLength(text) > maxIdBytes) return `is longer than ${maxIdBytes} bytes of UTF-8`;
  if (text.normalize('NFC') !== text) return `is not in Unicode normalisation form C: call ${what}.normalize('NFC')`;
  if (controlCharacter.test(text)) return 'has a control character';
  if (escapeId(text).length > maxEscapedBytes) {
    return `is longer than ${maxEscapedBytes} bytes once escaped (capitals and bytes beyond ASCII count three): shorten it`;
  }
  return undefined;
}

function problemOfSegments(id: string): string | undefined {
  for (const segment of id.split('/')) {
    if (segment === '') return 'has an empty segment: no leading, trailing or doubled "/"';
    if (segment === '.' || segment === '..') return `has a "${segment}" segment`;
  }
  return undefined;
}
