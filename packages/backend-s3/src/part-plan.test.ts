import { describe, expect, test } from 'vitest';

import { planParts } from './part-plan.ts';

const MiB = 1024 * 1024;

describe('the parts of a stream', () => {
  test.each<[size: number | undefined, maxSize: number | undefined, partMiB: number, concurrency: number]>([
    [undefined, undefined, 8, 4],
    [1, undefined, 8, 4],
    [undefined, 100 * MiB, 8, 4],
    [80_000 * MiB, undefined, 8, 4],
    [80_000 * MiB + 1, undefined, 9, 4],
    [undefined, 160_000 * MiB, 16, 3],
    [undefined, 1024 * 1024 * MiB, 105, 1],
  ])('of %s or at most %s bytes are of %s MiB, %s at the same time', (size, maxSize, partMiB, concurrency) => {
    expect(planParts(size, maxSize, 4)).toEqual({ partBytes: partMiB * MiB, maxParts: 10_000, concurrency });
  });

  test('a size that no server takes is refused', () => {
    expect(() => planParts(52_000_000 * MiB, undefined, 4)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE', found: 52_000_000 * MiB }) as Error,
    );
  });
});
