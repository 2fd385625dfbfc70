import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import type { JsonObject } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import * as fc from 'fast-check';
import { test } from 'vitest';

import { assertProperty, timeout } from './runs.ts';
import { storeOver } from './subject.ts';

const mebibyte = 1024 * 1024;

const bytesOfSize = fc
  .tuple(
    fc.oneof(
      { weight: 30, arbitrary: fc.integer({ min: 0, max: 300 }) },
      { weight: 10, arbitrary: fc.integer({ min: 63, max: 65 }) },
      { weight: 1, arbitrary: fc.integer({ min: mebibyte - 1, max: mebibyte + 1 }) },
      { weight: 1, arbitrary: fc.integer({ min: 2 * mebibyte - 1, max: 2 * mebibyte + 1 }) },
    ),
    fc.integer({ min: 1, max: 2 ** 31 }),
  )
  .map(([size, seed]) => bytesFrom(size, seed));

// Where the source is cut, as parts of its length; cuts at the same place give chunks of nothing.
const cuts = fc.option(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), { nil: undefined });

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((value) => !/\p{Cc}/u.test(value));
const metadata = fc
  .dictionary(fc.string({ maxLength: 10 }), fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }), { maxKeys: 5 })
  // Whose prototypes are those of every other object.
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject)
  .filter((value) => !JSON.stringify(value).includes('"__proto__":'));
const described = fc.record(
  {
    name: text,
    contentType: fc.constantFrom('text/plain; charset=utf-8', 'application/gzip', 'x/y'),
    metadata,
    isSized: fc.boolean(),
    expiresAt: fc.integer({ min: 4_000_000_000_000, max: 9_999_999_999_999 }),
  },
  { requiredKeys: [] },
);

test('I-1 what was uploaded comes back, whole and in parts, with what was said of it', { timeout }, async () => {
  const store = storeOver(memoryBackend());
  const bounds = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1.2, noNaN: true }));
  const property = fc.asyncProperty(bytesOfSize, cuts, described, bounds, async (bytes, where, said, [from, to]) => {
    const { isSized = false, ...options } = said;
    const size = isSized ? bytes.length : undefined;
    const source = where === undefined ? bytes : chunksOf(bytes, where);
    const stored = await store.upload('id', source, { ...options, size });
    const download = await store.download('id');
    assert.deepEqual(download.metadata, stored);
    assert.deepEqual(stored.metadata, options.metadata ?? {});
    assert.equal(stored.name, options.name ?? 'id');
    assert.equal(stored.contentType, options.contentType ?? 'application/octet-stream');
    assert.equal(stored.expiresAt?.getTime(), options.expiresAt);
    assert.equal(stored.sizeBytes, bytes.length);
    assert.equal(stored.checksumSha256, createHash('sha256').update(bytes).digest('hex'));
    assert.ok(Buffer.from(await download.bytes()).equals(bytes));

    // What a slice of an array is, except that it may not begin at the end.
    const start = Math.min(Math.floor(from * bytes.length), Math.max(bytes.length - 1, 0));
    const end = Math.max(start, Math.floor(to * bytes.length));
    const part = await store.download('id', { range: { start, end } });
    assert.ok(Buffer.from(await part.bytes()).equals(bytes.subarray(start, end)));
    const last = await download.slice({ last: end }).bytes();
    assert.ok(Buffer.from(last).equals(bytes.subarray(Math.max(0, bytes.length - end))));
  });
  await assertProperty('round trips', property);
});

/** Cheap to make, and different everywhere. */
function bytesFrom(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size, createHash('sha512').update(String(seed)).digest());
  for (let at = 0; at < size; at += 64 * 1024) bytes[at] = (at >>> 16) + seed;
  return bytes;
}

async function* chunksOf(bytes: Uint8Array, where: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const part of where.toSorted((a, b) => a - b)) {
    const end = Math.floor(part * bytes.length);
    yield bytes.subarray(start, end);
    start = end;
  }
  yield bytes.subarray(start);
}
