import { expect, test } from 'vitest';

import { resolveRange, type RangeRequest } from './range.ts';
import { open, refusal, refusalOf } from './store.test-helper.ts';

test.each<[RangeRequest | undefined, number, number, number]>([
  [undefined, 10, 0, 10],
  [{ start: 0 }, 10, 0, 10],
  [{ start: 3 }, 10, 3, 10],
  [{ start: 3, end: undefined }, 10, 3, 10],
  [{ start: 3, end: 5 }, 10, 3, 5],
  [{ start: 3, end: 3 }, 10, 3, 3],
  [{ start: 9, end: 10 }, 10, 9, 10],
  [{ start: 3, end: 11 }, 10, 3, 10],
  [{ start: 0, end: Number.MAX_SAFE_INTEGER }, 10, 0, 10],
  [{ last: 4 }, 10, 6, 10],
  [{ last: 0 }, 10, 10, 10],
  [{ last: 11 }, 10, 0, 10],
  [undefined, 0, 0, 0],
  [{ start: 0 }, 0, 0, 0],
  [{ start: 7, end: 9 }, 0, 0, 0],
  [{ last: 4 }, 0, 0, 0],
])('range %j of %i bytes is [%i, %i)', (request, size, start, end) => {
  expect(resolveRange(request, size)).toEqual({ start, end, size });
});

test.each([10, 11, Number.MAX_SAFE_INTEGER])(
  'a range that starts at %i of 10 bytes is refused with the size',
  (start) => {
    expect(refusalOf(() => resolveRange({ start }, 10))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      field: 'range.start',
      sizeBytes: 10,
      found: start,
    });
  },
);

test.each<[unknown, string]>([
  [{ start: -1 }, 'range.start'],
  [{ start: 1.5 }, 'range.start'],
  [{ start: '0' }, 'range.start'],
  [{ start: Number.NaN }, 'range.start'],
  [{}, 'range.start'],
  [{ end: 5 }, 'range.start'],
  [{ start: 5, end: 4 }, 'range.end'],
  [{ start: 5, end: null }, 'range.end'],
  [{ start: 0, end: Infinity }, 'range.end'],
  [{ last: -1 }, 'range.last'],
  [{ last: '1' }, 'range.last'],
  [{ last: undefined }, 'range.last'],
  [null, 'range'],
  ['bytes=0-4', 'range'],
  [7, 'range'],
])('range %j is refused before any I/O', async (range, field) => {
  const { store, backend } = open();
  backend.read = () => Promise.reject(new Error('it was read'));

  expect(await refusal(store.download('a', { range: range as RangeRequest }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field,
  });
});
