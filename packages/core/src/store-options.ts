import { randomBytes } from 'node:crypto';

import { sleep } from './abort.ts';
import type { ArtifactBackend } from './backend.ts';
import { maxContentSize } from './chunks.ts';
import type { Environment } from './environment.ts';
import { ArtifactError } from './errors.ts';
import { Observers, type Observer } from './events.ts';
import { problemOfAudience, problemOfInteger } from './fields.ts';
import { maxTailBytes } from './read-record.ts';
import type { KeyProvider } from './signing.ts';

const day = 24 * 60 * 60 * 1000;

export interface ArtifactStoreOptions {
  /** Where the bytes go. The store never closes it: whoever made it does. */
  readonly backend: ArtifactBackend;
  /** The keys that sign and verify every record. There is no unsigned mode and no default key. */
  readonly signing: KeyProvider;
  /** The name of this store, signed into every record: a record of another store never counts here. 1 to 256 bytes. */
  readonly audience: string;
  /** Names the store in events and metrics; by default `main`. */
  readonly label?: string | undefined;
  /** The largest artifact, in bytes, enforced while streaming; by default 100 MiB, at most 8 TiB. */
  readonly maxSizeBytes?: number | undefined;
  /** Content up to this size travels inside its record: one request up, one down. By default 64 KiB, at most 2 MiB. */
  readonly inlineBytes?: number | undefined;
  /** How long content that no record names is left alone, in milliseconds; by default a day. An upload has half of it. */
  readonly graceMs?: number | undefined;
  /** The longest an operation may take, in milliseconds; by default half of the grace. */
  readonly timeoutMs?: number | undefined;
  /** The longest a storage call or a source may make no progress, in milliseconds; by default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
  readonly observers?: readonly Observer[] | undefined;
  /** Where events find the caller's context when an operation was given none, such as an `AsyncLocalStorage`. */
  readonly context?: { getStore(): unknown } | undefined;
  /** The wall clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic?: (() => number) | undefined;
  /** The source of revisions and markers; must be unpredictable outside of tests. */
  readonly randomBytes?: ((size: number) => Uint8Array) | undefined;
  /** Waits before another attempt; rejects with the signal's reason when it aborts. */
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Checks every option; does no I/O. @throws `CONFIGURATION` with the field */
export function environmentOf(options: ArtifactStoreOptions): Environment {
  const {
    backend,
    signing,
    audience,
    label = 'main',
    observers = [],
    now = Date.now,
    maxSizeBytes = 100 * 1024 * 1024,
    graceMs = day,
  } = options;
  if (backend?.contract !== 1) {
    throw configuration(
      'backend',
      `backend ${backend?.contract === undefined ? 'is missing' : `"${backend.name}" follows contract ${String(backend.contract)}`}: give one of contract 1`,
    );
  }
  if (typeof signing?.active !== 'function' || typeof signing.find !== 'function') {
    throw configuration('signing', 'signing is missing: give a keyring, as hmacKeyring makes it');
  }
  requireOption(
    'audience',
    audience === undefined ? 'is missing: give this store a name of its own' : problemOfAudience(audience),
  );
  requireOption('label', problemOfAudience(label));
  const limits = {
    maxSizeBytes,
    graceMs,
    inlineBytes: options.inlineBytes ?? Math.min(64 * 1024, maxSizeBytes),
    timeoutMs: options.timeoutMs ?? Math.floor(graceMs / 2),
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
  };
  requireOption('maxSizeBytes', problemOfInteger(maxSizeBytes, 0, maxContentSize));
  requireOption('inlineBytes', problemOfInteger(limits.inlineBytes, 0, maxTailBytes));
  requireOption('graceMs', problemOfInteger(graceMs, 1000, 3650 * day));
  requireOption('timeoutMs', problemOfInteger(limits.timeoutMs, 1));
  requireOption('idleTimeoutMs', problemOfInteger(limits.idleTimeoutMs, 1));
  return {
    backend,
    keys: signing,
    scope: { audience },
    label,
    limits,
    observers: new Observers(observers),
    context: options.context,
    // Whole milliseconds, as records and markers have them, whatever the clock gives.
    now: () => Math.floor(now()),
    monotonic: options.monotonic ?? (() => performance.now()),
    randomBytes: options.randomBytes ?? randomBytes,
    sleep: options.sleep ?? sleep,
  };
}

function requireOption(field: string, problem: string | undefined): void {
  if (problem !== undefined) throw configuration(field, `${field} ${problem}`);
}

function configuration(field: string, message: string): ArtifactError {
  return new ArtifactError('CONFIGURATION', message, { field });
}
