import { expect, test } from 'vitest';

import type { ObjectInfo } from './backend.ts';
import type { VerifiedRecord } from './record.ts';
import { RecordCache } from './record-cache.ts';
import { startTime } from './store.test-helper.ts';

const infoOf = (key: string, version = 'v1', size = 500): ObjectInfo => ({
  key,
  version,
  size,
  modifiedAt: new Date(startTime),
});

/** A record whose JSON text has about as many characters as are asked for. */
function recordOf(id: string, characters = 0): VerifiedRecord {
  const record = {
    id,
    generation: 1,
    revision: '0'.repeat(32),
    name: id,
    contentType: 'text/plain',
    sizeBytes: 1,
    checksumSha256: '0'.repeat(64),
    createdAt: startTime,
    metadata: { text: 'x'.repeat(characters) },
    content: { inline: true },
  } as const;
  return { record, keyId: 'k1', signature: 'c2ln' };
}

function filled(maxEntries: number, keys: readonly string[], characters = 0): RecordCache {
  const cache = new RecordCache(maxEntries);
  for (const key of keys) cache.keep(key, infoOf(key), recordOf(key, characters));
  return cache;
}

const kept = (cache: RecordCache, keys: readonly string[]): string[] =>
  keys.filter((key) => cache.versionOf(key) !== undefined);

test('a record is found under the key, version and size it verified with, and no other', () => {
  const cache = filled(10, ['a']);

  expect(cache.find('a', infoOf('a'))).toEqual(recordOf('a'));
  expect(cache.find('b', infoOf('b'))).toBeUndefined();
  expect(cache.find('a', infoOf('a', 'v2'))).toBeUndefined();
  expect(cache.find('a', infoOf('a', 'v1', 501))).toBeUndefined();
  expect([cache.versionOf('a'), cache.versionOf('b')]).toEqual(['v1', undefined]);
});

test('a newer version takes the place of the older one', () => {
  const cache = filled(10, ['a']);

  cache.keep('a', infoOf('a', 'v2'), recordOf('a', 10));

  expect(cache.find('a', infoOf('a', 'v1'))).toBeUndefined();
  expect(cache.find('a', infoOf('a', 'v2'))).toEqual(recordOf('a', 10));
});

test('whoever changes a record changes only their own', () => {
  const cache = new RecordCache(10);
  const given = recordOf('a', 3);
  cache.keep('a', infoOf('a'), given);

  Object.assign(given.record, { generation: 7 });
  const found = cache.find('a', infoOf('a'));
  Object.assign(found?.record ?? {}, { metadata: 'changed', generation: 8 });

  expect(cache.find('a', infoOf('a'))).toEqual(recordOf('a', 3));
});

test('beyond its entries what was used least recently goes first', () => {
  const cache = filled(3, ['a', 'b', 'c']);
  cache.find('a', infoOf('a'));
  // Asking for a version uses nothing.
  cache.versionOf('b');

  cache.keep('d', infoOf('d'), recordOf('d'));
  cache.keep('e', infoOf('e'), recordOf('e'));

  expect(kept(cache, ['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'd', 'e']);
});

test('beyond 2,048 characters for each entry long records make room, the least recently used first', () => {
  const long = 4 * 2048 - 400;
  const cache = filled(10, ['a', 'b'], long);
  expect(kept(cache, ['a', 'b'])).toEqual(['a', 'b']);

  cache.keep('c', infoOf('c'), recordOf('c', long));
  expect(kept(cache, ['a', 'b', 'c'])).toEqual(['b', 'c']);

  // What was replaced or forgotten counts no more.
  for (let n = 0; n < 50; n += 1) cache.keep('c', infoOf('c', `v${n}`), recordOf('c', long));
  expect(kept(cache, ['b', 'c'])).toEqual(['b', 'c']);
  cache.forget('c');
  cache.forget('never');
  cache.keep('d', infoOf('d'), recordOf('d', long));
  expect(kept(cache, ['b', 'c', 'd'])).toEqual(['b', 'd']);
});

test('a record that is longer than all the room is not kept', () => {
  const cache = filled(2, ['a']);

  cache.keep('b', infoOf('b'), recordOf('b', 2 * 2048));

  expect(kept(cache, ['a', 'b'])).toEqual([]);
  cache.keep('c', infoOf('c'), recordOf('c'));
  expect(kept(cache, ['c'])).toEqual(['c']);
});

test('a cache of no entries keeps nothing', () => {
  expect(kept(filled(0, ['a', 'b']), ['a', 'b'])).toEqual([]);
});
