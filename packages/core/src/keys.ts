import { invalidArgument } from './errors.ts';

const maxKeyBytes = 1024;
const segment = String.raw`(?!\.{1,2}(?:/|$))[a-z0-9._=-]+`;
const keyPattern = new RegExp(String.raw`^${segment}(?:/${segment})*$`);

/** Whether `key` is one that core makes (format: Keys). */
export function isKey(key: string): boolean {
  return key.length <= maxKeyBytes && keyPattern.test(key);
}

/**
 * Refuses what core would never make a key of, so that a backend used without the store cannot be led astray.
 *
 * @throws `INVALID_ARGUMENT`
 */
export function assertKey(key: string): void {
  if (typeof key !== 'string' || !isKey(key)) {
    throw invalidArgument(
      'key',
      `key ${JSON.stringify(key)?.slice(0, 80)} is not one of ours: 1 to ${maxKeyBytes} characters of [a-z0-9._/=-] without empty, "." or ".." segments`,
    );
  }
}
