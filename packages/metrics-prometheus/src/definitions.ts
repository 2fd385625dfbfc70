import type { Count } from './count.ts';
import type { StoreSeries } from './store-series.ts';

/** The values of a metric's labels besides those of the store. */
type Labels = Readonly<Record<string, string>>;

export interface Definition {
  readonly name: string;
  readonly help: string;
  /** Besides `store` and `backend`. */
  readonly labels: readonly string[];
}

/** What is added to as operations end. */
export interface CounterDefinition extends Definition {
  readonly of: (series: StoreSeries) => Iterable<readonly [Labels, Count]>;
}

/** What is looked at by each scrape. */
export interface GaugeDefinition extends Definition {
  readonly of: (series: StoreSeries) => Iterable<readonly [Labels, number | undefined]>;
  /** Whether it needs to know what is stored. */
  readonly ofUsage: boolean;
  /** How the processes of a cluster that see the same storage are put together. */
  readonly aggregator: 'sum' | 'min' | 'max';
}

export const durationHistogram: Definition = {
  name: 'artifact_operation_duration_seconds',
  help: 'How long operations took that succeeded or failed.',
  labels: ['operation'],
};

export const sizeHistogram: Definition = {
  name: 'artifact_size_bytes',
  help: 'Content of each upload (in) and download (out) that succeeded.',
  labels: ['direction'],
};
/** From a note to a disk image in few series. */
export const sizeBuckets: readonly number[] = [1024, 16_384, 262_144, 4_194_304, 67_108_864, 1_073_741_824];

export const counterDefinitions: readonly CounterDefinition[] = [
  {
    name: 'artifact_operations_total',
    help: 'Operations that ended.',
    labels: ['operation', 'status'],
    *of({ outcomes }) {
      for (const [operation, { success, failure, aborted }] of outcomes) {
        yield [{ operation, status: 'success' }, success];
        yield [{ operation, status: 'failure' }, failure];
        yield [{ operation, status: 'aborted' }, aborted];
      }
    },
  },
  {
    name: 'artifact_operation_errors_total',
    help: 'Operations that failed, by the code of their error.',
    labels: ['operation', 'error_type'],
    *of({ errors }) {
      for (const { count, ...labels } of errors) yield [labels, count];
    },
  },
  {
    name: 'artifact_transferred_bytes_total',
    help: 'Bytes of content that uploads took in and downloads handed out.',
    labels: ['direction'],
    of: ({ bytes }) => entries('direction', bytes),
  },
  {
    name: 'artifact_integrity_failures_total',
    help: 'Operations that failed on content or a record that is not what was signed.',
    labels: ['key_id'],
    *of({ keys }) {
      for (const [keyId, { integrity }] of keys) yield [{ key_id: keyId }, integrity];
    },
  },
  {
    name: 'artifact_signature_failures_total',
    help: 'Operations that failed on a record which no trusted key vouches for.',
    labels: ['key_id'],
    *of({ keys }) {
      for (const [keyId, { signature }] of keys) yield [{ key_id: keyId }, signature];
    },
  },
  {
    name: 'artifact_storage_requests_total',
    help: 'Calls of the backend.',
    labels: [],
    of: ({ requests }) => [[{}, requests]],
  },
  {
    name: 'artifact_storage_retries_total',
    help: 'Calls of the backend that were made again after a passing failure.',
    labels: [],
    of: ({ retries }) => [[{}, retries]],
  },
  {
    name: 'artifact_cache_hits_total',
    help: 'Records that were neither read nor verified again.',
    labels: [],
    of: ({ cacheHits }) => [[{}, cacheHits]],
  },
  {
    name: 'artifact_usage_refreshes_total',
    help: 'How often the gauges of what is stored were brought up to date, from the ledger or by a count, or could not be.',
    labels: ['result'],
    of: ({ watch }) => (watch === undefined ? [] : entries('result', watch.refreshes)),
  },
  {
    name: 'artifact_swept_objects_total',
    help: 'What sweeps of this process removed.',
    labels: ['kind'],
    of: ({ swept }) => entries('kind', swept),
  },
  {
    name: 'artifact_swept_bytes_total',
    help: 'Bytes of content that sweeps of this process removed.',
    labels: [],
    of: ({ sweptBytes }) => [[{}, sweptBytes]],
  },
  {
    name: 'artifact_sweep_kept_total',
    help: 'What was due and sweeps of this process had to leave.',
    labels: [],
    of: ({ sweepKept }) => [[{}, sweepKept]],
  },
];

export const gaugeDefinitions: readonly GaugeDefinition[] = [
  {
    name: 'artifact_bytes_stored_total',
    help: 'Bytes of content that are stored, by all processes, expired artifacts included until they are swept.',
    labels: [],
    of: ({ watch }) => [[{}, watch?.usage?.bytes]],
    ofUsage: true,
    aggregator: 'max',
  },
  {
    name: 'artifact_count_total',
    help: 'Artifacts that are stored, by all processes, expired ones included until they are swept.',
    labels: [],
    of: ({ watch }) => [[{}, watch?.usage?.count]],
    ofUsage: true,
    aggregator: 'max',
  },
  {
    name: 'artifact_usage_age_seconds',
    help: 'How long ago what is stored was known.',
    labels: [],
    of: ({ watch }) => [[{}, watch === undefined ? undefined : watch.ageMs / 1000]],
    ofUsage: true,
    aggregator: 'min',
  },
  {
    name: 'artifact_quota_used',
    help: 'What is used of the quota.',
    labels: ['resource'],
    of: ({ watch }) => {
      const { quota } = watch?.store ?? {};
      return [
        [{ resource: 'bytes' }, quota?.maxBytes === undefined ? undefined : watch?.usage?.bytes],
        [{ resource: 'artifacts' }, quota?.maxCount === undefined ? undefined : watch?.usage?.count],
      ];
    },
    ofUsage: true,
    aggregator: 'max',
  },
  {
    name: 'artifact_quota_limit',
    help: 'What the quota allows.',
    labels: ['resource'],
    of: ({ watch }) => [
      [{ resource: 'bytes' }, watch?.store.quota?.maxBytes],
      [{ resource: 'artifacts' }, watch?.store.quota?.maxCount],
    ],
    ofUsage: false,
    aggregator: 'max',
  },
  {
    name: 'artifact_operations_in_flight',
    help: 'Operations that began and have not ended.',
    labels: [],
    of: ({ inFlight }) => [[{}, inFlight]],
    ofUsage: false,
    aggregator: 'sum',
  },
  {
    name: 'artifact_last_sweep_age_seconds',
    help: 'How long ago a sweep of this process ended well; absent until one did.',
    labels: [],
    of: ({ sweepAgeMs }) => [[{}, sweepAgeMs === undefined ? undefined : sweepAgeMs / 1000]],
    ofUsage: false,
    aggregator: 'min',
  },
];

function entries(label: string, counts: Readonly<Record<string, Count>>): (readonly [Labels, Count])[] {
  return Object.entries(counts).map(([value, count]) => [{ [label]: value }, count]);
}
