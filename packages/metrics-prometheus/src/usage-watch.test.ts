import { ArtifactError, type ArtifactStore, isArtifactError, type Usage, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { maxWaitMs, open, scrape, steps, valuesOf } from './metrics.test-helper.ts';
import { prometheusMetrics, type PrometheusMetrics } from './prometheus-metrics.ts';
import type { WatchedStore } from './usage-watch.ts';

/** A store of which a test decides what it answers, and when. */
class Answering implements WatchedStore {
  readonly label = 'main';
  readonly backendName = 'memory';
  readonly closed = false;
  readonly quota = undefined;
  asked = 0;
  answer: () => Promise<Usage> = async () => ({ bytes: 10 * this.asked, count: this.asked, from: 'scan' });
  usage(): Promise<Usage> {
    this.asked += 1;
    return this.answer();
  }
}

interface Scene {
  readonly register: Registry;
  readonly metrics: PrometheusMetrics;
  readonly clock: { now: number };
}

function scene(): Scene {
  const register = new Registry();
  const clock = steps();
  return { register, clock, metrics: prometheusMetrics({ register, monotonic: clock.monotonic }) };
}

async function stored(register: Registry): Promise<(number | undefined)[]> {
  const series = await scrape(register);
  const names = ['artifact_bytes_stored_total', 'artifact_count_total', 'artifact_usage_age_seconds'];
  return names.map((name) => series.get(`${name}{store="main",backend="memory"}`));
}

async function refreshes(register: Registry): Promise<Record<string, number>> {
  return valuesOf(await scrape(register), 'artifact_usage_refreshes_total');
}

test('I-27 after a restart, and for every process, the gauges are true', async () => {
  const backend = memoryBackend();
  for (const quota of [undefined, { maxBytes: 1_000_000 }]) {
    const before = open({ backend, quota });
    await before.upload('a', new Uint8Array(1000));
    await before.upload(`b/${quota?.maxBytes}`, new Uint8Array(500));
    await before.close();
    const { register, metrics } = scene();
    const after = open({ backend, quota, observers: [metrics] });
    metrics.watch(after, { maxWaitMs });

    const expected = await open({ backend }).usage();
    expect((await stored(register)).slice(0, 2)).toEqual([expected.bytes, expected.count]);
    expect(expected.bytes).toBeGreaterThan(1499);
  }
});

test('what a ledger tells is asked at each scrape, and the quota is shown beside it', async () => {
  const { register, metrics } = scene();
  const backend = memoryBackend();
  const quota = { maxBytes: 5000, maxCount: 10 };
  metrics.watch(open({ backend, quota }), { maxWaitMs });
  const other = open({ backend, quota });

  await other.upload('a', new Uint8Array(1000));
  await other.close();
  const first = await scrape(register);
  const another = open({ backend, quota });
  await another.upload('b', new Uint8Array(1));
  await another.close();
  // A scrape waits only briefly when something is known.
  const second = async () => valuesOf(await scrape(register), 'artifact_quota_used');
  await expect.poll(second, { timeout: maxWaitMs }).toEqual({ 'resource=bytes': 1001, 'resource=artifacts': 2 });

  expect(valuesOf(first, 'artifact_quota_used')).toEqual({ 'resource=bytes': 1000, 'resource=artifacts': 1 });
  expect(valuesOf(first, 'artifact_quota_limit')).toEqual({ 'resource=bytes': 5000, 'resource=artifacts': 10 });
  expect(Object.keys(await refreshes(register))).toEqual(['result=ledger']);
});

test('a count is good for refreshMs, and its age is told', async () => {
  const { register, metrics, clock } = scene();
  const store = new Answering();
  metrics.watch(store, { refreshMs: 5000 });

  expect(await stored(register)).toEqual([10, 1, 0]);
  clock.now += 4999;
  expect(await stored(register)).toEqual([10, 1, 4.999]);
  clock.now += 1;
  expect(await stored(register)).toEqual([20, 2, 0]);
  expect(store.asked).toBe(2);
});

test('however many scrapes there are at once, the store is asked once', async () => {
  const { register, metrics } = scene();
  const store = new Answering();
  metrics.watch(store, { refreshMs: 0 });

  const all = await Promise.all(Array.from({ length: 10 }, () => stored(register)));

  expect(store.asked).toBe(1);
  expect(new Set(all.map(String))).toEqual(new Set(['10,1,0']));
});

test('a refresh that fails keeps what was known, lets it age, and is counted', async () => {
  const { register, metrics, clock } = scene();
  const store = new Answering();
  metrics.watch(store, { refreshMs: 1000 });
  await scrape(register);

  store.answer = async () => {
    throw new ArtifactError('UNAVAILABLE', 'the storage is away');
  };
  clock.now += 1000;
  expect(await stored(register)).toEqual([10, 1, 1]);
  clock.now += 999;
  expect(await stored(register)).toEqual([10, 1, 1.999]);

  expect(await refreshes(register)).toEqual({ 'result=scan': 1, 'result=failed': 1 });
  expect(store.asked).toBe(2);
});

test('before anything is known nothing is claimed, and the age is that of the watch', async () => {
  const { register, metrics, clock } = scene();
  const store = new Answering();
  store.answer = async () => {
    throw new ArtifactError('ACCESS_DENIED', 'not for you');
  };
  metrics.watch(store);
  clock.now += 30_000;

  expect(await stored(register)).toEqual([undefined, undefined, 30]);
});

test('no scrape waits for a storage that hangs, and what comes late counts for the next', async () => {
  const { register, metrics, clock } = scene();
  const store = new Answering();
  let resolve: (usage: Usage) => void = () => undefined;
  const answered = new Promise<Usage>((answer) => (resolve = answer));
  store.answer = () => answered;
  metrics.watch(store, { refreshMs: 1000, maxWaitMs: 1 });

  expect(await stored(register)).toEqual([undefined, undefined, 0]);
  clock.now += 5000;
  expect(await stored(register)).toEqual([undefined, undefined, 5]);
  resolve({ bytes: 7, count: 3, from: 'scan' });
  await answered;

  // True of the moment when it was asked, which is over.
  expect(await stored(register)).toEqual([7, 3, 5]);
});

test('what is known is given at once when the storage hangs, and grows old', async () => {
  const { register, metrics, clock } = scene();
  const store = new Answering();
  metrics.watch(store, { refreshMs: 1000, maxWaitMs: 2 ** 31 - 1 });
  await scrape(register);
  store.answer = () => new Promise(() => undefined);

  for (const age of [1, 2, 3]) {
    clock.now += 1000;
    expect(await stored(register)).toEqual([10, 1, age]);
  }
  expect(store.asked).toBe(2);
});

test('a store that took long to answer is asked after the scrape, until it answers quickly again', async () => {
  const { register, metrics, clock } = scene();
  const store = new Answering();
  const { answer } = store;
  store.answer = () => {
    clock.now += 6;
    return answer();
  };
  metrics.watch(store, { refreshMs: 1000 });
  expect(await stored(register)).toEqual([10, 1, 0.006]);

  store.answer = answer;
  clock.now += 1000;
  expect(await stored(register)).toEqual([10, 1, 1.006]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await stored(register)).toEqual([20, 2, 0]);
  clock.now += 1000;
  expect(await stored(register)).toEqual([30, 3, 0]);
});

test('two stores of one label are refused, whoever asks, and the same store is not', async () => {
  const { register, metrics } = scene();
  const [store, other] = [open(), open()];
  metrics.watch(store);
  metrics.watch(store, { refreshMs: 5 });

  for (const again of [metrics, prometheusMetrics({ register, monotonic: () => 0 })]) {
    const refused = refusalOf(() => again.watch(other));
    expect([refused.code, refused.field]).toEqual(['CONFIGURATION', 'label']);
  }
  prometheusMetrics({ register: new Registry() }).watch(other);
  metrics.watch(open({ label: 'another' }));
});

test('a watch that is stopped shows nothing, and frees the label', async () => {
  const { register, metrics } = scene();
  const watch = metrics.watch(open());
  await scrape(register);

  watch.stop();
  expect(await stored(register)).toEqual([undefined, undefined, undefined]);
  metrics.watch(new Answering());
  watch.stop();

  expect(await stored(register)).toEqual([10, 1, 0]);
});

test('a watch ends with its store', async () => {
  const { register, metrics } = scene();
  const stores = [open(), open()];
  for (const store of stores) {
    metrics.watch(store, { maxWaitMs });
    expect(await stored(register)).toEqual([0, 0, 0]);
    await store.close();
  }
  expect(await stored(register)).toEqual([undefined, undefined, undefined]);
});

test('a busy writer is told of by counting, and never more often than that', async () => {
  const { register, metrics, clock } = scene();
  let listings = 0;
  const inner = memoryBackend();
  const backend = wrapBackend(inner, {
    list: (options) => {
      listings += 1;
      return inner.list(options);
    },
  });
  const store: ArtifactStore = open({ backend, trackUsage: true });
  metrics.watch(store, { refreshMs: 1000, maxWaitMs });
  // Uploads of new ids take a lease of the ledger, and what it is filled with is nowhere else.
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.upload(`a/${index}`, new Uint8Array(10))));

  listings = 0;
  for (let n = 0; n < 10; n += 1) {
    await scrape(register);
    clock.now += 250;
  }
  const counted = listings;

  const last = async () => (await stored(register)).slice(0, 2);
  await expect.poll(last, { timeout: maxWaitMs }).toEqual([200, 20]);
  expect(counted).toBeLessThan(4);
  await store.close();
});

test.each([{ refreshMs: -1 }, { refreshMs: 1.5 }, { maxWaitMs: Number.NaN }, { maxWaitMs: 2 ** 31 }])(
  'a wrong option of a watch is CONFIGURATION: %j',
  (options) => {
    const { metrics } = scene();
    const refused = refusalOf(() => metrics.watch(new Answering(), options));
    expect([refused.code, refused.field]).toEqual(['CONFIGURATION', Object.keys(options)[0]]);
  },
);

function refusalOf(act: () => unknown): ArtifactError {
  try {
    act();
  } catch (error) {
    if (isArtifactError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
