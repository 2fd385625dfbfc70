import { hash } from 'node:crypto';

/** What the first line of a log names as the line before it. */
export const noLine = '0'.repeat(64);

/** Which line of which log: as much as has to be remembered elsewhere to notice that a log was cut short or replaced. */
export interface AuditHead {
  /** The log, 32 hex digits drawn when it began. */
  readonly log: string;
  /** The number of the line; the first is 1. */
  readonly sequence: number;
  /** SHA-256 of the line without its newline, 64 hex digits. */
  readonly sha256: string;
}

/** A line by its number and digest. */
export type Link = Omit<AuditHead, 'log'>;

/** SHA-256 of a line without its newline. */
export function digestOf(line: string | Uint8Array): string {
  return hash('sha256', line);
}

const strange = /[^\x20-\x7e]/;
const allStrange = /[^\x20-\x7e]/g;

/**
 * JSON of printable ASCII alone: whatever an id holds, it can neither end a line nor turn, colour or hide it where somebody
 * looks at it.
 */
export function spell(members: object): string {
  const json = JSON.stringify(members);
  // To look is cheaper than to replace, and there is hardly ever anything.
  if (!strange.test(json)) return json;
  return json.replaceAll(allStrange, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
