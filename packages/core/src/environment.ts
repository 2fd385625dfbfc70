import type { AuditSink } from './audit.ts';
import type { ArtifactBackend } from './backend.ts';
import type { Observers } from './events.ts';
import { namespacePrefix } from './layout.ts';
import type { StandardSchema } from './metadata-schema.ts';
import type { Accounting } from './quota.ts';
import type { RecordCache } from './record-cache.ts';
import type { Scope } from './record.ts';
import type { KeyProvider } from './signing.ts';

/** The limits of one store. Sizes in bytes, times in milliseconds. */
export interface Limits {
  readonly maxSizeBytes: number;
  /** Content up to this size travels inside its record. */
  readonly inlineBytes: number;
  /** How long content that no record names is left alone. */
  readonly graceMs: number;
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** Everything the operations of one store share. Clocks and randomness come from here and from nowhere else. */
export interface Environment {
  readonly backend: ArtifactBackend;
  readonly keys: KeyProvider;
  /** Whether it only reads: its keys then verify and do not sign. */
  readonly readOnly: boolean;
  readonly scope: Scope;
  /** Stands before every key: that of a namespace, or nothing. */
  readonly keyPrefix: string;
  readonly cache: RecordCache;
  /** What the caller's metadata have to be; any JSON object where there is none. */
  readonly metadataSchema: StandardSchema | undefined;
  readonly label: string;
  readonly limits: Limits;
  /** What its usage is kept for; `undefined` when nobody asked for that. */
  readonly accounting: Accounting | undefined;
  readonly observers: Observers;
  /** The trail that no operation may do without. */
  readonly audit: AuditSink | undefined;
  /** Finds the caller's context where an operation was given none. */
  readonly context: { getStore(): unknown } | undefined;
  /** Refuses an operation that would begin after the store was closed. @throws `CONFIGURATION` */
  readonly requireOpen: () => void;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether that is the machine's clock, which can be compared with the medium's. */
  readonly realClock: boolean;
  /** Monotonic clock, milliseconds. */
  readonly monotonic: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The same store as one of its namespaces sees it. */
export function environmentWithin(environment: Environment, namespace: string): Environment {
  return {
    ...environment,
    scope: { ...environment.scope, namespace },
    keyPrefix: namespacePrefix(namespace),
  };
}

/** 128 fresh random bits as 32 hex digits: a revision or a marker. */
export function freshName(environment: Environment): string {
  return Buffer.from(environment.randomBytes(16)).toString('hex');
}
