import { expect, test } from 'vitest';

import { Durations } from './durations.ts';

test('without durations every percentile is 0', () => {
  expect(new Durations().percentile(0.99)).toBe(0);
});

test.each([0.0015, 0.2, 1, 17, 4000, 60_000])(
  'percentiles of 1 to 1,000 times %d ms are right to a fiftieth',
  (unit) => {
    const durations = new Durations();
    for (let n = 1; n <= 1000; n += 1) durations.add(n * unit);

    for (const share of [0.5, 0.95, 0.99]) {
      const error = Math.abs(durations.percentile(share) / (share * 1000 * unit) - 1);
      expect(error, `p${share * 100}`).toBeLessThan(0.021);
    }
  },
);

test('what took no time, and what took for ever, has its place', () => {
  const durations = new Durations();
  for (const ms of [0, -1, Number.NaN, Infinity]) durations.add(ms);

  expect(durations.percentile(0.75)).toBe(0);
  expect(durations.percentile(1)).toBeGreaterThan(24 * 60 * 60 * 1000);
});

test('durations of several are those of all', () => {
  const [all, some] = [new Durations(), new Durations()];
  all.add(1);
  some.add(100);
  all.merge(some);

  expect(all.percentile(0.5)).toBeCloseTo(1, 1);
  expect(all.percentile(1) / 100).toBeCloseTo(1, 1);
});
