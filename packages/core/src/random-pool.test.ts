import { expect, test } from 'vitest';

import { randomPool } from './random-pool.ts';

test('a pool gives as many bytes as were asked for, more than it draws at once included', () => {
  const random = randomPool();

  const sizes = [16, 0, 1, 4096, 16, 10_000].map((size) => random(size).length);

  expect(sizes).toEqual([16, 0, 1, 4096, 16, 10_000]);
});

test('no two names from a pool are the same, within one drawing and across them', () => {
  const random = randomPool();

  const names = Array.from({ length: 1000 }, () => Buffer.from(random(16)).toString('hex'));

  expect(new Set(names).size).toBe(1000);
});

test('what was given stays as it is when more is drawn', () => {
  const random = randomPool();
  const first = random(4096);
  const copy = Buffer.from(first);

  random(4096);

  expect(copy.equals(first)).toBe(true);
});
