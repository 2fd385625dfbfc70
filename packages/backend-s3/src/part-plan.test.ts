import { describe, expect, test } from 'vitest';

import { planParts, usualPartBytes } from './part-plan.ts';

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
    const plan = planParts({ size, maxSize, concurrency: 4, usualBytes: usualPartBytes });
    expect(plan).toEqual({ partBytes: partMiB * MiB, maxParts: 10_000, concurrency });
  });

  test.each<[concurrency: number, most: number, memoryMiB: number]>([
    [4, 80_000, 40],
    [4, 320_000, 64],
    [32, 320_000, 64],
    [4, 320_001, 66],
    [4, 8 * 1024 * 1024, 1678],
  ])('take, %i at the same time, of up to %i MiB no more than %i MiB of memory', (most, sizeMiB, memoryMiB) => {
    let largest = 0;
    for (let MiBs = 1; MiBs <= sizeMiB; MiBs = Math.min(MiBs + 999, sizeMiB)) {
      const options = { size: undefined, maxSize: MiBs * MiB, concurrency: most, usualBytes: usualPartBytes };
      const { partBytes, concurrency } = planParts(options);
      largest = Math.max(largest, partBytes * (concurrency + 1));
      if (MiBs === sizeMiB) break;
    }
    expect(largest).toBe(memoryMiB * MiB);
  });

  test('a size that no server takes is refused', () => {
    const size = 52_000_000 * MiB;
    expect(() => planParts({ size, maxSize: undefined, concurrency: 4, usualBytes: usualPartBytes })).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE', found: size }) as Error,
    );
  });
});
