import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { ended, open } from './metrics.test-helper.ts';
import { prometheusMetrics } from './prometheus-metrics.ts';

test('stats are those of core with percentiles, in total and by operation', async () => {
  const metrics = prometheusMetrics({ register: new Registry() });
  let now = 0;
  const store = open({ observers: [metrics], monotonic: () => now });
  for (let n = 1; n <= 100; n += 1) {
    await store.upload(`a/${n}`, async function* () {
      yield new Uint8Array(10);
      now += n;
    });
  }
  await expect(store.download('absent')).rejects.toThrow('was not found');
  metrics.end(ended({ outcome: 'aborted', durationMs: 1e6 }));

  const { operations, ...total } = metrics.stats();

  expect(total).toMatchObject({ total: 102, successes: 100, failures: 1, aborted: 1, bytesIn: 1000, bytesOut: 0 });
  expect(total.successRate).toBe(100 / 101);
  expect(total.averageDurationMs).toBe(5050 / 101);
  expect(total.codes).toEqual({ NOT_FOUND: 1 });
  expect(operations.upload).toMatchObject({ total: 100, averageDurationMs: 50.5 });
  expect((operations.upload?.p50DurationMs ?? 0) / 50).toBeCloseTo(1, 1);
  expect((operations.upload?.p95DurationMs ?? 0) / 95).toBeCloseTo(1, 1);
  expect((operations.upload?.p99DurationMs ?? 0) / 99).toBeCloseTo(1, 1);
  expect(operations.getMetadata).toMatchObject({ total: 1, aborted: 1, p99DurationMs: 0 });
});
