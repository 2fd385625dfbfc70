import { maxTimerMs } from './abort.ts';
import { invalidArgument } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import { isKey } from './keys.ts';
import type { OperationOptions } from './operation.ts';

const defaultConcurrency = 16;
const maxConcurrency = 256;

/** Options of what goes over all records of a store. */
export interface PassOptions extends OperationOptions {
  /** The longest the whole pass may take, in milliseconds; by default it may go on for weeks. */
  readonly timeoutMs?: number | undefined;
  /** How many records are under way at once: 1 to 256, by default 16. */
  readonly concurrency?: number | undefined;
  /** Goes on behind this `cursor`, which the progress of an earlier pass told. */
  readonly after?: string | undefined;
}

/** Checks what all passes take before any I/O, and gives the key to go on after. @throws `INVALID_ARGUMENT` */
export function requirePass({ concurrency, after, timeoutMs }: PassOptions): string | undefined {
  if (concurrency !== undefined)
    requireField('concurrency', concurrency, problemOfInteger(concurrency, 1, maxConcurrency));
  if (timeoutMs !== undefined) requireField('timeoutMs', timeoutMs, problemOfInteger(timeoutMs, 1));
  if (after === undefined) return undefined;
  const key = typeof after === 'string' ? Buffer.from(after, 'base64url').toString() : '';
  if (!isKey(key) || cursorOf(key) !== after) throw invalidArgument('after', 'after is no cursor of an earlier pass');
  return key;
}

/** A pass is about a whole store: half of a grace, the limit of other operations, says nothing of how long it takes. */
export function unhurried<Options extends PassOptions>(options: Options): Options {
  return { ...options, timeoutMs: options.timeoutMs ?? maxTimerMs };
}

export function atOnce({ concurrency = defaultConcurrency }: PassOptions): number {
  return concurrency;
}

export function cursorOf(key: string): string {
  return Buffer.from(key).toString('base64url');
}
