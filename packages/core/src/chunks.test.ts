import { expect, test } from 'vitest';

import { chunkCount, chunkSizeFor, isChunkSize, maxContentSize } from './chunks.ts';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

test.each([
  [0, 1],
  [1, 1],
  [64 * gibibyte, 1],
  [64 * gibibyte + 1, 2],
  [128 * gibibyte, 2],
  [128 * gibibyte + 1, 4],
  [maxContentSize, 128],
])('content of at most %i bytes has chunks of %i MiB, at most 65,536 of them', (bound, mebibytes) => {
  expect(chunkSizeFor(bound)).toBe(mebibytes * mebibyte);
  expect(chunkCount(bound, chunkSizeFor(bound))).toBeLessThanOrEqual(65_536);
});

test('a chunk size is a power of two from 1 to 128 MiB', () => {
  for (const size of [1, 2, 64, 128]) expect(isChunkSize(size * mebibyte)).toBe(true);
  for (const size of [0, -1, 0.5, 3, 256, Number.NaN, Infinity]) expect(isChunkSize(size * mebibyte)).toBe(false);
});
