import { expect, test } from 'vitest';

import { parseVersion, versionOf } from './versions.ts';

test('an ETag gives one version however it is quoted', () => {
  for (const etag of ['"9b2cf535"', '9b2cf535', 'W/"9b2cf535"']) expect(versionOf(etag, 1024)).toBe('1024-9b2cf535');
});

test('a version gives its size and its ETag back', () => {
  expect(parseVersion(versionOf('"9b2cf535-17"', 0))).toEqual({ size: 0, etag: '9b2cf535-17' });
});

test.each(['', 'no-such-version', '12', '12-', '-x', '1-"x"', '1-\r\nx', '99999999999999999-x'])(
  '"%s" is no version',
  (text) => {
    expect(parseVersion(text)).toBeUndefined();
  },
);

test.each([undefined, '', '""', '"a b"', '"a\nb"', `"${'x'.repeat(300)}"`])(
  '%j is refused as an ETag, and leaves open what happened',
  (etag) => {
    expect(() => versionOf(etag, 1)).toThrow(expect.objectContaining({ code: 'BACKEND', retryable: true }) as Error);
  },
);
