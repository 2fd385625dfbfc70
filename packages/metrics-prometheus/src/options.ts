import { ArtifactError, type OperationEnd } from '@artifacts/core';
import type { OpenMetricsContentType, Registry } from 'prom-client';

export interface PrometheusMetricsOptions {
  /** Where the metrics are registered. Never cleared. */
  readonly register: Registry | Registry<OpenMetricsContentType>;
  /** Stands before the name of every metric; by default nothing. */
  readonly prefix?: string | undefined;
  /**
   * Upper bounds of the duration histogram, in seconds and ascending, 1 to 30 of them; by default eight, from a millisecond to half a
   * minute. Each one more adds 18 series for each store.
   */
  readonly buckets?: readonly number[] | undefined;
  /**
   * Gives the id of the trace that an operation belongs to, such as that of the active span of OpenTelemetry: it is called in the
   * context of whoever ended the operation. The id becomes the exemplar of the duration, if the registry writes OpenMetrics and
   * it is 1 to 64 letters, digits, `-` or `_`.
   */
  readonly traceId?: ((event: OperationEnd) => string | undefined) | undefined;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic?: (() => number) | undefined;
}

export interface WatchOptions {
  /** How long a count of what is stored is good enough, in milliseconds; by default 60,000. What the ledger of a quota tells is asked at each scrape. */
  readonly refreshMs?: number | undefined;
  /**
   * The longest a scrape waits for the store as long as nothing is known, in milliseconds; by default 1,000. From then on it waits for
   * 5 at most, for a store that took longer before not at all, and gives what was known, with its age.
   */
  readonly maxWaitMs?: number | undefined;
}

/** The options, checked and completed. */
export interface Settings {
  readonly register: Registry;
  readonly prefix: string;
  readonly buckets: readonly number[];
  readonly monotonic: () => number;
}

const defaultBuckets = [0.001, 0.005, 0.025, 0.1, 0.25, 1, 5, 30];
const maxBuckets = 30;

/** @throws `CONFIGURATION` naming the option */
export function settingsOf(options: PrometheusMetricsOptions): Settings {
  const { register, prefix = '', buckets = defaultBuckets, traceId, monotonic = () => performance.now() } = options;
  if (typeof register?.registerMetric !== 'function')
    throw refused('register', 'register is no registry: give one of prom-client');
  if (typeof prefix !== 'string' || !/^(?:[a-zA-Z_:][\w:]*)?$/.test(prefix))
    throw refused('prefix', 'prefix cannot begin the name of a metric: give letters, digits and "_"');
  if (!areBuckets(buckets)) {
    throw refused('buckets', `buckets are not 1 to ${maxBuckets} positive numbers in ascending order`);
  }
  for (const [field, value] of Object.entries({ traceId, monotonic })) {
    if (value !== undefined && typeof value !== 'function') throw refused(field, `${field} is not a function`);
  }
  return { register: register as Registry, prefix, buckets: [...buckets], monotonic };
}

/** @throws `CONFIGURATION` naming the option */
export function requireWatch({ refreshMs, maxWaitMs }: WatchOptions): void {
  for (const [field, value] of Object.entries({ refreshMs, maxWaitMs })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31))
      throw refused(field, `${field} is not a whole number of milliseconds from 0 to 2,147,483,647`);
  }
}

export function refused(field: string, message: string): ArtifactError {
  return new ArtifactError('CONFIGURATION', message, { field });
}

function areBuckets(buckets: unknown): buckets is readonly number[] {
  if (!Array.isArray(buckets) || buckets.length === 0 || buckets.length > maxBuckets) return false;
  const bounds: readonly unknown[] = buckets;
  return bounds.every(
    (bound, index) => typeof bound === 'number' && Number.isFinite(bound) && bound > Number(bounds[index - 1] ?? 0),
  );
}
