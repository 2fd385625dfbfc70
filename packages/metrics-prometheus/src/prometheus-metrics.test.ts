import { ArtifactError, type ErrorCode, isArtifactError, type OperationName, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { Counter, type OpenMetricsContentType, Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { ended, maxWaitMs, open, scrape, steps, valuesOf } from './metrics.test-helper.ts';
import { prometheusMetrics } from './prometheus-metrics.ts';

const kibibyte = new Uint8Array(1024);

test('the five metrics of the guide have its names, and count what a store does', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  const store = open({ observers: [metrics], label: 'blue' });
  metrics.watch(store, { maxWaitMs });

  await store.upload('a', kibibyte);
  await store.upload('b', kibibyte);
  await (await store.download('a')).bytes();
  await expect(store.download('absent')).rejects.toThrow('was not found');
  await store.delete('b');
  const series = await scrape(register);

  expect(valuesOf(series, 'artifact_operations_total')).toEqual({
    'operation=upload,status=success': 2,
    'operation=download,status=success': 1,
    'operation=download,status=failure': 1,
    'operation=delete,status=success': 1,
  });
  expect(valuesOf(series, 'artifact_operation_errors_total')).toEqual({ 'error_type=NOT_FOUND,operation=download': 1 });
  expect(valuesOf(series, 'artifact_operation_duration_seconds_count')).toEqual({
    'operation=upload': 2,
    'operation=download': 2,
    'operation=delete': 1,
  });
  expect(series.get('artifact_bytes_stored_total{store="blue",backend="memory"}')).toBe(1024);
  expect(series.get('artifact_count_total{store="blue",backend="memory"}')).toBe(1);
  const text = await register.metrics();
  expect(text).toContain('# TYPE artifact_operation_duration_seconds histogram\n');
  expect(text).toContain('# TYPE artifact_operations_total counter\n');
  expect(text).toContain('# TYPE artifact_operation_errors_total counter\n');
  expect(text).toContain('# TYPE artifact_bytes_stored_total gauge\n');
  expect(text).toContain('# TYPE artifact_count_total gauge\n');
});

test('bytes, sizes, requests, retries and cache hits are counted', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  metrics.end(ended({ operation: 'upload', bytes: 2000, requests: 3, retries: 2 }));
  metrics.end(ended({ operation: 'download', bytes: 500, outcome: 'aborted' }));
  metrics.end(ended({ operation: 'list', cacheHits: 7 }));

  const series = await scrape(register);

  expect(valuesOf(series, 'artifact_transferred_bytes_total')).toEqual({ 'direction=in': 2000, 'direction=out': 500 });
  expect(valuesOf(series, 'artifact_size_bytes_sum')).toEqual({ 'direction=in': 2000 });
  expect(valuesOf(series, 'artifact_size_bytes_bucket')['direction=in,le=16384']).toBe(1);
  expect(valuesOf(series, 'artifact_size_bytes_bucket')['direction=in,le=1024']).toBeUndefined();
  expect(valuesOf(series, 'artifact_storage_requests_total')).toEqual({ '': 5 });
  expect(valuesOf(series, 'artifact_storage_retries_total')).toEqual({ '': 2 });
  expect(valuesOf(series, 'artifact_cache_hits_total')).toEqual({ '': 7 });
});

test('an operation is in flight from its start to its end', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  const inFlight = async () => valuesOf(await scrape(register), 'artifact_operations_in_flight');
  const store = open({ observers: [metrics] });

  const uploading = store.upload('a', async function* () {
    yield kibibyte;
    expect(await inFlight()).toEqual({ '': 1 });
  });
  await uploading;

  expect(await inFlight()).toEqual({});
});

test('what was aborted has no duration and no error', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  metrics.end(ended({ outcome: 'aborted', durationMs: 5000 }));

  const series = await scrape(register);

  expect(valuesOf(series, 'artifact_operations_total')).toEqual({ 'operation=getMetadata,status=aborted': 1 });
  expect(valuesOf(series, 'artifact_operation_duration_seconds_count')).toEqual({});
  expect(valuesOf(series, 'artifact_operation_errors_total')).toEqual({});
});

test('failures of signatures and of content are told by keys that verified before, and by no other', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  metrics.end(ended({ keyId: 'k1' }));

  metrics.end(ended({ keyId: 'k1', outcome: 'INTEGRITY' }));
  metrics.end(ended({ keyId: 'k1', outcome: 'SIGNATURE_INVALID' }));
  metrics.end(ended({ keyId: 'whatever the storage claims', outcome: 'KEY_REVOKED' }));
  metrics.end(ended({ outcome: 'UNKNOWN_KEY' }));
  for (let n = 0; n < 100; n += 1) metrics.end(ended({ keyId: `of a service ${n}` }));
  metrics.end(ended({ keyId: 'of a service 99', outcome: 'INTEGRITY' }));
  const series = await scrape(register);

  expect(valuesOf(series, 'artifact_integrity_failures_total')).toEqual({ 'key_id=k1': 1, 'key_id=unknown': 1 });
  expect(valuesOf(series, 'artifact_signature_failures_total')).toEqual({ 'key_id=k1': 1, 'key_id=unknown': 2 });
  expect([...series.keys()].filter((name) => name.startsWith('artifact_integrity_failures_total'))).toHaveLength(8);
});

test('an upload of other bytes than its digest says is no failure of what is stored', async () => {
  const register = new Registry();
  const store = open({ observers: [prometheusMetrics({ register })] });

  const upload = store.upload('a', 'x', { expectedSha256: '0'.repeat(64) });

  await expect(upload).rejects.toMatchObject({ code: 'INTEGRITY', field: 'expectedSha256' });
  const series = await scrape(register);
  expect(valuesOf(series, 'artifact_integrity_failures_total')).toEqual({});
  expect(valuesOf(series, 'artifact_operation_errors_total')).toEqual({ 'error_type=INTEGRITY,operation=upload': 1 });
});

test('sweeps are told, and how long ago one ended well', async () => {
  const register = new Registry();
  const clock = steps();
  const metrics = prometheusMetrics({ register, monotonic: clock.monotonic });
  let now = Date.now();
  const store = open({ observers: [metrics], now: () => now });
  await store.upload('a', new Uint8Array(100_000), { ttlMs: 1000 });
  await store.upload('held', 'x', { ttlMs: 1000, hold: true });
  expect(valuesOf(await scrape(register), 'artifact_last_sweep_age_seconds')).toEqual({});

  now += 3 * 24 * 60 * 60 * 1000;
  await store.sweep({ dryRun: true });
  expect(valuesOf(await scrape(register), 'artifact_last_sweep_age_seconds')).toEqual({});
  const { counts } = await store.sweep();
  clock.now += 90_000;
  const series = await scrape(register);

  expect(counts).toMatchObject({ artifacts: 1, kept: 1, bytes: 100_000 });
  expect(valuesOf(series, 'artifact_swept_objects_total')).toEqual({
    'kind=artifact': 1,
    'kind=marker': counts.markers,
  });
  expect(valuesOf(series, 'artifact_swept_bytes_total')).toEqual({ '': 100_000 });
  expect(valuesOf(series, 'artifact_sweep_kept_total')).toEqual({ '': 1 });
  expect(valuesOf(series, 'artifact_last_sweep_age_seconds')).toEqual({ '': 90 });
});

test('I-27 a store has fewer than 400 series, the same number whatever ids, types and errors there are', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  let n = 0;
  const inner = memoryBackend();
  const backend = wrapBackend(inner, {
    read: async (key, options) => {
      n += 1;
      if (n % 3 === 0) throw new ArtifactError(`CODE_${n}` as ErrorCode, `message ${n}`);
      return inner.read(key, options);
    },
  });
  const store = open({ backend, observers: [metrics], quota: { maxBytes: 1e9, maxCount: 1e6 } });
  const hostile = async (from: number, to: number) => {
    for (let i = from; i < to; i += 1) {
      const id = `"},{x="${i}\u202e\\`;
      await store
        .upload(id, 'x', { contentType: `text/x-${i}`, name: `name ${i}`, metadata: { [id]: i } })
        .catch(known);
      await store.download(id, { context: id }).then((download) => download.bytes(), known);
      await store.download(`absent/${i}`).catch(known);
      await store.delete(id, { ifGeneration: i + 2 }).catch(known);
      await store.page({ prefix: id }).catch(known);
    }
  };
  metrics.watch(store, { maxWaitMs });
  await hostile(0, 30);
  await scrape(register);
  const before = await scrape(register);

  await hostile(30, 300);
  const after = await scrape(register);

  expect([...after.keys()]).toEqual([...before.keys()]);
  expect(after.size).toBeLessThan(400);
  expect([...after.keys()].filter((name) => /CODE|message|text\/|absent|202e|name /.test(name))).toEqual([]);
});

test('I-27 even when every operation ends in every way there are fewer than 400 series', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  const operations = ['upload', 'download', 'sweep', 'usage', 'verify', 'migrate', 'resign', 'repair', 'list', 'ready'];
  const codes = ['NOT_FOUND', 'TIMEOUT', 'INTEGRITY', 'SUPERSEDED', 'BACKEND', 'CONFIGURATION', 'EXPIRED', 'RETAINED'];
  for (let n = 0; n < 2000; n += 1) {
    for (const operation of [...operations, `newer ${n}`]) {
      const outcome = (codes[n % codes.length] ?? 'ok') as ErrorCode;
      const each = { operation: operation as OperationName, keyId: `key ${n}` };
      metrics.end(ended(each));
      metrics.end(ended({ ...each, outcome }));
      metrics.end(ended({ ...each, outcome: `CODE_${n}` as ErrorCode }));
      metrics.end(
        ended({
          ...each,
          swept: { artifacts: 1, contents: 1, tombstones: 1, markers: 1, bytes: 1, kept: 1, announced: 1 },
        }),
      );
    }
  }
  metrics.watch(open({ quota: { maxBytes: 1e9, maxCount: 1e6 } }));

  const series = await scrape(register);

  expect(series.size).toBeLessThan(400);
  const errors = valuesOf(series, 'artifact_operation_errors_total');
  expect(Object.values(errors).reduce((sum, count) => sum + count, 0)).toBe(2000 * 11 * 2);
  expect(Object.keys(metrics.stats().operations)).toEqual([...operations, 'other']);
});

test('whatever a store is called, its lines are lines', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  await open({ observers: [metrics], label: 'a"} 1 \\ b' }).getMetadata('a');

  const lines = (await register.metrics()).split('\n');

  const labels = String.raw`store="a\"} 1 \\ b",backend="memory"`;
  expect(lines).toContain(`artifact_operations_total{operation="getMetadata",status="success",${labels}} 1`);
  expect(lines).toContain(`artifact_operation_duration_seconds_count{operation="getMetadata",${labels}} 1`);
});

test('two registries, two stores on one, and a second construction on one all count for themselves or on', async () => {
  const [one, two] = [new Registry(), new Registry()];
  const first = prometheusMetrics({ register: one });
  const again = prometheusMetrics({ register: one });
  const other = prometheusMetrics({ register: two });
  const total = async (register: Registry) => valuesOf(await scrape(register), 'artifact_operations_total');

  await open({ observers: [first, other], label: 'blue' }).getMetadata('a');
  await open({ observers: [first], label: 'green' }).getMetadata('a');
  await open({ observers: [again], label: 'blue' }).getMetadata('a');

  const count = (series: Map<string, number>, store: string) =>
    series.get(`artifact_operations_total{operation="getMetadata",status="success",store="${store}",backend="memory"}`);
  expect([count(await scrape(one), 'blue'), count(await scrape(one), 'green')]).toEqual([2, 1]);
  expect(await total(two)).toEqual({ 'operation=getMetadata,status=success': 1 });
  expect([first.stats().total, again.stats().total]).toEqual([2, 1]);
});

test('a registry that was cleared or reset counts on', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });
  metrics.end(ended({}));
  await scrape(register);

  register.resetMetrics();
  metrics.end(ended({}));
  expect(valuesOf(await scrape(register), 'artifact_operations_total')).toEqual({
    'operation=getMetadata,status=success': 1,
  });
  register.clear();
  expect((await scrape(register)).size).toBe(0);
  prometheusMetrics({ register }).end(ended({}));

  expect(valuesOf(await scrape(register), 'artifact_operations_total')).toEqual({
    'operation=getMetadata,status=success': 2,
  });
});

test('a metric of somebody else is left alone, and a prefix avoids it', async () => {
  const register = new Registry();
  const theirs = new Counter({ name: 'artifact_operations_total', help: 'not ours', registers: [register] });

  const refused = refusalOf(() => prometheusMetrics({ register }));

  expect([refused.code, refused.field]).toEqual(['CONFIGURATION', 'register']);
  expect(register.getMetricsAsArray()).toEqual([theirs]);
  prometheusMetrics({ register, prefix: 'shop_' }).end(ended({}));
  expect(valuesOf(await scrape(register), 'shop_artifact_operations_total')).toEqual({
    'operation=getMetadata,status=success': 1,
  });
});

test('what was made with other buckets is refused', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register, buckets: [0.01, 1] });
  metrics.end(ended({ durationMs: 500 }));

  const buckets = valuesOf(await scrape(register), 'artifact_operation_duration_seconds_bucket');
  expect(buckets).toEqual({ 'le=1,operation=getMetadata': 1, 'le=+Inf,operation=getMetadata': 1 });
  expect(refusalOf(() => prometheusMetrics({ register })).field).toBe('buckets');
});

test.each([
  ['register', {}],
  ['register', { register: 'default' }],
  ['prefix', { prefix: '1_' }],
  ['prefix', { prefix: 7 }],
  ['buckets', { buckets: [] }],
  ['buckets', { buckets: [1, 1] }],
  ['buckets', { buckets: [0, 1] }],
  ['buckets', { buckets: [1, Infinity] }],
  ['buckets', { buckets: Array.from({ length: 31 }, (_, index) => index + 1) }],
  ['traceId', { traceId: 'abc' }],
  ['monotonic', { monotonic: 7 }],
])('a wrong option is CONFIGURATION and registers nothing: %s %j', (field, wrong) => {
  const register = new Registry();
  const options = field === 'register' ? wrong : { register, ...wrong };

  const refused = refusalOf(() => prometheusMetrics(options as never));

  expect([refused.code, refused.field]).toEqual(['CONFIGURATION', field]);
  expect(register.getMetricsAsArray()).toEqual([]);
});

test('a registry of OpenMetrics has the trace of an operation as the exemplar of its duration', async () => {
  const register = openMetricsRegistry();
  const ids = ['4bf92f3577b34da6a3ce929d0e0e4736', undefined, 'x'.repeat(65), '"} 1\n', 7 as never];
  const metrics = prometheusMetrics({ register, traceId: ({ context }) => ids[Number(context)] });

  for (const index of ids.keys()) metrics.end(ended({ operation: index === 0 ? 'upload' : 'page', context: index }));
  const text = await register.metrics();

  const exemplars = text.split('\n').filter((line) => line.includes(' # {'));
  expect(exemplars).toHaveLength(1);
  expect(exemplars[0]).toMatch(/operation="upload".*\} 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736"\} 0\.001 /);
  expect(text).toContain('# TYPE artifact_operations counter\n');
  expect(text).toContain('artifact_operations_total{operation="upload",status="success",');
});

test('a trace function that throws is a warning, and all is counted', async () => {
  const register = openMetricsRegistry();
  const metrics = prometheusMetrics({
    register,
    traceId: () => {
      throw new Error('no tracer');
    },
  });

  expect(() => metrics.end(ended({}))).toThrow('no tracer');

  const text = await register.metrics();
  expect(text).toMatch(/artifact_operation_duration_seconds_count\{operation="getMetadata",[^}]*\} 1\n/);
  expect(metrics.stats().total).toBe(1);
});

test('a clock that went back or is none spoils no histogram', async () => {
  const register = new Registry();
  const metrics = prometheusMetrics({ register });

  for (const durationMs of [-5, Number.NaN]) metrics.end(ended({ durationMs }));

  const series = await scrape(register);
  expect(valuesOf(series, 'artifact_operation_duration_seconds_count')).toEqual({ 'operation=getMetadata': 2 });
  expect(valuesOf(series, 'artifact_operation_duration_seconds_sum')).toEqual({});
});

function openMetricsRegistry(): Registry<OpenMetricsContentType> {
  const register = new Registry<OpenMetricsContentType>();
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return register;
}

function known(error: unknown): void {
  if (!isArtifactError(error)) throw error;
}

function refusalOf(act: () => unknown): ArtifactError {
  try {
    act();
  } catch (error) {
    if (isArtifactError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
