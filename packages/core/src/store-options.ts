import { sleep } from './abort.ts';
import type { AuditSink } from './audit.ts';
import type { ArtifactBackend } from './backend.ts';
import { maxContentSize } from './chunks.ts';
import type { Environment, Limits } from './environment.ts';
import { configuration } from './errors.ts';
import { Observers, type Observer } from './events.ts';
import { problemOfAudience, problemOfInteger } from './fields.ts';
import type { JsonObject } from './json.ts';
import { requireSchema, type StandardSchema } from './metadata-schema.ts';
import { accountingOf, type QuotaOptions } from './quota.ts';
import { randomPool } from './random-pool.ts';
import { maxTailBytes } from './read-record.ts';
import { RecordCache } from './record-cache.ts';
import type { KeyProvider, VerificationKeys } from './signing.ts';

const day = 24 * 60 * 60 * 1000;

/** @typeParam Metadata - The output of `metadataSchema`. */
export interface ArtifactReaderOptions<Metadata = JsonObject> {
  /** Where the bytes are. Never closed: whoever made it does that. */
  readonly backend: ArtifactBackend;
  /** The keys that records are verified with. Public keys suffice. */
  readonly signing: VerificationKeys;
  /** The name of this store, signed into every record: a record of another store never counts here. 1 to 256 bytes. */
  readonly audience: string;
  /** What custom metadata are, as a schema of zod, valibot or another that follows Standard Schema; by default any JSON object. */
  readonly metadataSchema?: StandardSchema<unknown, Metadata> | undefined;
  /** Names the store in events and metrics; by default `main`. */
  readonly label?: string | undefined;
  /** The longest an operation may take, in milliseconds; by default half of the grace. */
  readonly timeoutMs?: number | undefined;
  /** The longest a storage call or a source may make no progress, in milliseconds; by default 60,000, which is the most with a quota or `trackUsage`. */
  readonly idleTimeoutMs?: number | undefined;
  /** How many verified records are remembered, so that unchanged ones are not read again; by default 10,000, none with 0. */
  readonly cachedRecords?: number | undefined;
  readonly observers?: readonly Observer[] | undefined;
  /** A trail that must have the beginning of every operation before anything is done, and its end before the caller is told. By default none. */
  readonly audit?: AuditSink | undefined;
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

/**
 * @typeParam Input - The input of `metadataSchema`.
 * @typeParam Output - Its output.
 */
export interface ArtifactStoreOptions<Input = JsonObject, Output = Input> extends Omit<
  ArtifactReaderOptions<Output>,
  'signing' | 'metadataSchema'
> {
  /** The keys that sign and verify every record. There is no unsigned mode and no default key. */
  readonly signing: KeyProvider;
  /** What custom metadata must be: uploads take the schema's input and reads give its output; by default any JSON object. */
  readonly metadataSchema?: StandardSchema<Input, Output> | undefined;
  /** The largest artifact, in bytes, enforced while streaming; by default 100 MiB, at most 8 TiB. */
  readonly maxSizeBytes?: number | undefined;
  /** Content up to this size travels inside its record: one request up, one down. By default 64 KiB, at most 2 MiB. */
  readonly inlineBytes?: number | undefined;
  /** How long content that no record names is left alone, in milliseconds; by default a day. An upload has half of it. */
  readonly graceMs?: number | undefined;
  /** How much may be stored, over all processes; namespaces have quotas of their own. By default any amount. */
  readonly quota?: QuotaOptions | undefined;
  /** Keeps count of what is stored, as a quota does, so that `usage()` need not list. Also for namespaces that say nothing of it. */
  readonly trackUsage?: boolean | undefined;
}

/** Checks every option; does no I/O. @throws `CONFIGURATION` with the field */
export function environmentOf<Input, Output>(options: ArtifactStoreOptions<Input, Output>): Environment {
  const { signing, maxSizeBytes = 100 * 1024 * 1024, graceMs = day } = options;
  if (typeof signing?.find === 'function' && typeof signing.active !== 'function') {
    throw configuration(
      'signing',
      'signing has no key that may sign: name an active one, or open a reader with openArtifactReader',
    );
  }
  const limits = { maxSizeBytes, graceMs, inlineBytes: options.inlineBytes ?? Math.min(64 * 1024, maxSizeBytes) };
  requireOption('maxSizeBytes', problemOfInteger(maxSizeBytes, 0, maxContentSize));
  requireOption('inlineBytes', problemOfInteger(limits.inlineBytes, 0, maxTailBytes));
  requireOption('graceMs', problemOfInteger(graceMs, 1000, 3650 * day));
  const environment = assembled(options, signing, limits);
  const accounting = accountingOf(options.quota, options.trackUsage, environment.limits.idleTimeoutMs);
  return { ...environment, readOnly: false, accounting };
}

/** The same for those who only read. @throws `CONFIGURATION` with the field */
export function readingEnvironmentOf<Metadata>(options: ArtifactReaderOptions<Metadata>): Environment {
  const { signing } = options;
  const keys = {
    find: (keyid: string) => signing.find(keyid),
    active: () => Promise.reject(configuration('signing', 'a reader does not sign')),
  };
  const limits = { maxSizeBytes: maxContentSize, graceMs: day, inlineBytes: 0 };
  const verifying = typeof signing?.find === 'function' ? keys : undefined;
  return { ...assembled(options, verifying, limits), readOnly: true, accounting: undefined };
}

function assembled<Metadata>(
  options: Omit<ArtifactReaderOptions<Metadata>, 'signing' | 'metadataSchema'> & { readonly metadataSchema?: unknown },
  keys: KeyProvider | undefined,
  limits: Pick<Limits, 'maxSizeBytes' | 'graceMs' | 'inlineBytes'>,
): Omit<Environment, 'readOnly' | 'accounting'> {
  const { backend, audience, metadataSchema, label = 'main', observers = [], audit, now = Date.now } = options;
  const { timeoutMs = Math.floor(limits.graceMs / 2), idleTimeoutMs = 60_000, cachedRecords = 10_000 } = options;
  requireBackend(backend);
  if (typeof keys?.find !== 'function')
    throw configuration('signing', 'signing is missing: give a keyring, as hmacKeyring makes it');
  requireOption(
    'audience',
    audience === undefined ? 'is missing: give this store a name of its own' : problemOfAudience(audience),
  );
  requireOption('label', problemOfAudience(label));
  if (metadataSchema !== undefined) requireSchema(metadataSchema);
  requireOption('timeoutMs', problemOfInteger(timeoutMs, 1));
  requireOption('idleTimeoutMs', problemOfInteger(idleTimeoutMs, 1));
  requireOption('cachedRecords', problemOfInteger(cachedRecords, 0));
  requireOption(
    'observers',
    Array.isArray(observers) && observers.every(isObject) ? undefined : 'is no list of observers',
  );
  requireOption(
    'audit',
    audit === undefined || (typeof audit?.begin === 'function' && typeof audit.end === 'function')
      ? undefined
      : 'is no audit sink, which has the methods begin and end',
  );
  const { context, monotonic, randomBytes: random, sleep: pause } = options;
  for (const [field, value] of Object.entries({ now, monotonic, randomBytes: random, sleep: pause }))
    requireOption(field, value === undefined || typeof value === 'function' ? undefined : 'is not a function');
  requireOption(
    'context',
    context === undefined || typeof context?.getStore === 'function'
      ? undefined
      : 'has no getStore: give an AsyncLocalStorage',
  );
  return {
    backend,
    keys,
    scope: { audience },
    keyPrefix: '',
    cache: new RecordCache(cachedRecords),
    metadataSchema,
    label,
    limits: { ...limits, timeoutMs, idleTimeoutMs },
    observers: new Observers(observers),
    audit,
    context,
    requireOpen: () => undefined,
    // Whole milliseconds, as records and markers have them, whatever the clock gives.
    now: () => Math.floor(now()),
    realClock: options.now === undefined,
    monotonic: monotonic ?? (() => performance.now()),
    randomBytes: random ?? randomPool(),
    sleep: pause ?? sleep,
  };
}

function requireOption(field: string, problem: string | undefined): void {
  if (problem !== undefined) throw configuration(field, `${field} ${problem}`);
}

/** @throws `CONFIGURATION` unless this release knows the contract */
export function requireBackend(backend: ArtifactBackend | undefined): void {
  if (backend?.contract === 1) return;
  const found =
    backend?.contract === undefined ? 'is missing' : `"${backend.name}" follows contract ${String(backend.contract)}`;
  throw configuration('backend', `backend ${found}: give one of contract 1`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
