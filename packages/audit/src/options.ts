import type { Writable } from 'node:stream';

import { ArtifactError, type KeyProvider } from '@artifacts/core';

import { FileOutput } from './file-output.ts';
import type { Output } from './output.ts';
import { WritableOutput } from './writable-output.ts';

const mebibyte = 1024 * 1024;

export interface AuditLogOptions {
  /** The file that is appended to; created with its directory by the first line. No other process may write to it. */
  readonly file?: string | undefined;
  /** A stream in the place of a file. Each log begins anew in it, and is never synced; whoever made it ends it. */
  readonly writable?: Writable | undefined;
  /** The keys that sign checkpoints, such as those of the store. With public-key signatures whoever verifies cannot forge. */
  readonly keyring: KeyProvider;
  /** Who it was, by the caller's context of an operation. At most 256 characters of it are kept. */
  readonly actor?: ((context: unknown) => string | undefined) | undefined;
  /** Begins another file when one has so many bytes, at least 4,096; by default 64 MiB. Only with `file`. */
  readonly rotate?: { readonly maxBytes: number } | undefined;
  /**
   * When lines are forced to the disk. `each`, the default: before anybody who waits for a line is answered; lines that wait
   * together share it. `checkpoint`: with each checkpoint; `never`: what was answered survives the end of the process, not a loss
   * of power.
   */
  readonly fsync?: 'never' | 'checkpoint' | 'each' | undefined;
  /** A checkpoint follows when so many lines have none, 1 to 10,000; by default 1,000. */
  readonly checkpointEvery?: number | undefined;
  /** How many lines of an observer may wait; what comes on top is counted and not recorded. By default 10,000. */
  readonly maxQueued?: number | undefined;
  /** The wall clock of lines that are about the log itself, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

export interface CheckedOptions {
  readonly output: Output;
  readonly keyring: KeyProvider;
  readonly actor: (context: unknown) => string | undefined;
  readonly fsync: 'never' | 'checkpoint' | 'each';
  readonly checkpointEvery: number;
  readonly maxQueued: number;
  readonly now: () => number;
}

/** @throws `CONFIGURATION` with the field */
export function checkOptions(options: AuditLogOptions): CheckedOptions {
  const { keyring, actor, fsync = 'each', checkpointEvery = 1000, maxQueued = 10_000, now = Date.now } = options;
  if (typeof keyring?.active !== 'function')
    throw refused('keyring', 'is missing, or has no key that signs: give that of the store');
  if (actor !== undefined && typeof actor !== 'function') throw refused('actor', 'is not a function');
  if (typeof now !== 'function') throw refused('now', 'is not a function');
  if (!['never', 'checkpoint', 'each'].includes(fsync))
    throw refused('fsync', "is not 'never', 'checkpoint' or 'each'");
  requireInteger('checkpointEvery', checkpointEvery, 1, 10_000);
  requireInteger('maxQueued', maxQueued, 0, 10_000_000);
  const actorOf = (context: unknown): string | undefined => requireActor(actor?.(context));
  return { output: outputOf(options), keyring, actor: actorOf, fsync, checkpointEvery, maxQueued, now };
}

function outputOf({ file, writable, rotate }: AuditLogOptions): Output {
  if ((file === undefined) === (writable === undefined)) throw refused('file', 'or writable is needed, and not both');
  if (writable !== undefined) {
    if (typeof writable?.write !== 'function' || typeof writable.on !== 'function')
      throw refused('writable', 'is no Writable of node:stream');
    if (rotate !== undefined) throw refused('rotate', 'needs a file: a stream is rotated by whoever reads it');
    return new WritableOutput(writable);
  }
  if (typeof file !== 'string' || file === '' || file.includes('\0')) throw refused('file', 'is no path');
  const { maxBytes = 64 * mebibyte } = rotate ?? {};
  requireInteger('rotate.maxBytes', maxBytes, 4096, Number.MAX_SAFE_INTEGER);
  return new FileOutput(file, maxBytes);
}

function requireActor(actor: unknown): string | undefined {
  if (actor === undefined || typeof actor === 'string') return actor;
  throw refused('actor', 'gave something that is not a string');
}

function requireInteger(field: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw refused(field, `is not a whole number from ${least} to ${most}`);
}

function refused(field: string, problem: string): ArtifactError {
  return new ArtifactError('CONFIGURATION', `${field} ${problem}`, { field });
}
