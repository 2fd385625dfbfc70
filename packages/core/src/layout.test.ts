import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { assertKey, isKey } from './keys.ts';
import { contentKey, expiryKey, idOfRecordKey, pendingKey, recordKey, revisionOfContentKey } from './layout.ts';
import { refusalOf } from './store.test-helper.ts';

const revision = '0123456789abcdef0123456789abcdef';
const marker = 'fedcba9876543210fedcba9876543210';
const hash = createHash('sha256').update('Build/42').digest('hex');

test('keys are spelled as the format says', () => {
  expect(recordKey('Build/42')).toBe('records/=42uild/42');
  expect(contentKey('Build/42', revision)).toBe(`content/${hash}/${revision}`);
  expect(pendingKey(1_767_225_600_000, marker, revision, 'Build/42')).toBe(
    `pending/1767225600000-${marker}/${revision}/=42uild/42`,
  );
  expect(expiryKey(1_767_225_600_000, revision, 'Build/42')).toBe(`expiry/1767225600000-${revision}/=42uild/42`);
});

test('a time has thirteen digits, so that byte order is the order of time', () => {
  expect(expiryKey(5, revision, 'a')).toBe(`expiry/0000000000005-${revision}/a`);
  expect(expiryKey(9_999_999_999_999, revision, 'a') > expiryKey(10_000_000_000, revision, 'a')).toBe(true);
});

test('I-20 no key of the longest id is longer than S3 allows', () => {
  const id = 'A'.repeat(256);

  for (const key of [recordKey(id), contentKey(id, revision), pendingKey(0, marker, revision, id)]) {
    expect(isKey(key)).toBe(true);
    expect(key.length).toBeLessThanOrEqual(1024);
  }
});

test('a record key gives its id back, and a key of no id gives none', () => {
  expect(idOfRecordKey('records/=42uild/42')).toBe('Build/42');
  expect(idOfRecordKey('records/=ff')).toBeUndefined();
  expect(idOfRecordKey('records/')).toBeUndefined();
});

test('I-3 a content key counts only for the id whose hash it carries', () => {
  expect(revisionOfContentKey(`content/${hash}/${revision}`, 'Build/42')).toBe(revision);

  expect(revisionOfContentKey(`content/${hash}/${revision}`, 'build/42')).toBeUndefined();
  expect(revisionOfContentKey(`content/${hash}/x/${revision}`, 'Build/42')).toBeUndefined();
  expect(revisionOfContentKey(`content/${hash}/${revision.toUpperCase()}`, 'Build/42')).toBeUndefined();
  expect(revisionOfContentKey(`content/${hash}/${revision}\n`, 'Build/42')).toBeUndefined();
  expect(revisionOfContentKey('', 'Build/42')).toBeUndefined();
});

test.each(['', '/', 'a/', '/a', 'a//b', '.', '..', 'a/../b', 'A', 'a b', 'é', 'a\0', 'a\n', 'a'.repeat(1025), 7])(
  'I-20 a backend is never asked for key %j',
  (key) => {
    expect(refusalOf(() => assertKey(key as string))).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'key' });
  },
);
