import { beforeAll, expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { memoryBackend } from './memory.ts';
import type { ArtifactStore } from './store.ts';
import {
  collect,
  content,
  flipped,
  keyringOf,
  keysOf,
  mebibyte,
  objectAt,
  onlyKey,
  open,
  refusal,
  sha256,
} from './store.test-helper.ts';

const typed = ['SIGNATURE_INVALID', 'UNKNOWN_KEY', 'INTEGRITY', 'UNSUPPORTED'];

/** What a full read gives: never anything but an error or all of the right bytes. */
async function outcome(store: ArtifactStore, id: string): Promise<string> {
  try {
    const download = await store.download(id);
    await collect(download);
    return 'data';
  } catch (error) {
    return error instanceof ArtifactError ? error.code : `untyped: ${String(error)}`;
  }
}

async function flipEveryBit(backend: ArtifactBackend, store: ArtifactStore, key: string): Promise<Map<string, number>> {
  const good = await objectAt(backend, key);
  const outcomes = new Map<string, number>();
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    await backend.write(key, flipped(good, bit));
    const code = await outcome(store, 'a');
    outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
  }
  await backend.write(key, good);
  return outcomes;
}

let backend: ArtifactBackend;
let store: ArtifactStore;

beforeAll(() => {
  ({ backend, store } = open());
});

test('I-1 every flipped bit of a record with inline content gives a typed error and no byte', async () => {
  await store.upload('a', 'forty bytes that nobody may ever change!', { metadata: { a: [1, 'x'] } });

  const outcomes = await flipEveryBit(backend, store, 'records/a');

  expect([...outcomes.keys()].every((code) => typed.includes(code))).toBe(true);
  // Content and the newline before it; everything else is under the signature.
  expect(outcomes.get('INTEGRITY')).toBe((40 + 1) * 8);
  expect(await outcome(store, 'a')).toBe('data');
}, 60_000);

test('I-1 every flipped bit of a small content object gives a typed error and no byte', async () => {
  const opened = open({ inlineBytes: 0 });
  await opened.store.upload('a', content(300));

  const outcomes = await flipEveryBit(opened.backend, opened.store, await onlyKey(opened.backend, 'content/'));

  expect([...outcomes]).toEqual([['INTEGRITY', 2400]]);
}, 60_000);

test('I-1 every flipped bit of a record object with a chunk list gives a typed error and no byte', async () => {
  const opened = open();
  await opened.store.upload('a', content(2 * mebibyte + 1));

  const outcomes = await flipEveryBit(opened.backend, opened.store, 'records/a');

  expect([...outcomes.keys()].every((code) => typed.includes(code))).toBe(true);
  expect(outcomes.get('INTEGRITY')).toBe((3 * 32 + 1) * 8);
}, 60_000);

test('I-1 every flipped bit of a tombstone gives a typed error, never the artifact', async () => {
  const opened = open();
  await opened.store.upload('a', 'x');
  await opened.store.delete('a');

  const outcomes = await flipEveryBit(opened.backend, opened.store, 'records/a');

  expect([...outcomes.keys()].every((code) => typed.includes(code))).toBe(true);
}, 60_000);

test('I-1 a record object cut anywhere, or with bytes behind it, gives a typed error', async () => {
  const good = await objectAt(backend, 'records/a');
  for (let length = 0; length < good.length; length += 1) {
    await backend.write('records/a', good.subarray(0, length));
    expect(typed).toContain(await outcome(store, 'a'));
  }
  for (let start = 1; start < good.length; start += 7) {
    await backend.write('records/a', good.subarray(start));
    expect(typed).toContain(await outcome(store, 'a'));
  }
  for (const extra of [1, 4096, 3 * mebibyte]) {
    await backend.write('records/a', Buffer.concat([good, Buffer.alloc(extra)]));
    expect(await outcome(store, 'a')).toBe('INTEGRITY');
  }
  await backend.write('records/a', good);
}, 60_000);

test('I-1 content that is cut, longer, empty or gone gives INTEGRITY', async () => {
  const opened = open();
  const bytes = content(mebibyte + 10);
  await opened.store.upload('a', bytes);
  const key = await onlyKey(opened.backend, 'content/');

  for (const length of [0, 1, mebibyte - 1, mebibyte, mebibyte + 9]) {
    await opened.backend.write(key, bytes.subarray(0, length));
    expect(await outcome(opened.store, 'a')).toBe('INTEGRITY');
  }
  await opened.backend.delete(key);
  expect(await outcome(opened.store, 'a')).toBe('INTEGRITY');
});

test('I-1 content of two versions is never mixed: swapped chunks and swapped objects give INTEGRITY', async () => {
  const opened = open();
  const bytes = content(3 * mebibyte);
  await opened.store.upload('a', bytes);
  const key = await onlyKey(opened.backend, 'content/');
  const [one, two, three] = [0, 1, 2].map((n) => bytes.subarray(n * mebibyte, (n + 1) * mebibyte));

  await opened.backend.write(key, Buffer.concat([one, three, two] as Uint8Array[]));

  const taken: Uint8Array[] = [];
  const error = await refusal(
    (async () => {
      for await (const chunk of await opened.store.download('a')) taken.push(chunk);
    })(),
  );
  expect(error.code).toBe('INTEGRITY');
  expect(sha256(Buffer.concat(taken))).toBe(sha256(one ?? ''));
}, 60_000);

test('I-3 records and contents that change places are refused', async () => {
  const opened = open();
  await opened.store.upload('a', 'content of a');
  await opened.store.upload('b', 'content of b');
  await opened.store.upload('big/a', content(100_000, 1));
  await opened.store.upload('big/b', content(100_000, 2));
  const [a, b] = [await objectAt(opened.backend, 'records/a'), await objectAt(opened.backend, 'records/b')];
  const [contentA = '', contentB = ''] = await keysOf(opened.backend, 'content/');
  const [bytesA, bytesB] = [await objectAt(opened.backend, contentA), await objectAt(opened.backend, contentB)];

  await opened.backend.write('records/a', b);
  await opened.backend.write('records/b', a);
  await opened.backend.write('records/copy', a);
  await opened.backend.write(contentA, bytesB);
  await opened.backend.write(contentB, bytesA);

  for (const id of ['a', 'b', 'copy', 'big/a', 'big/b']) expect(await outcome(opened.store, id)).toBe('INTEGRITY');
  for (const id of ['a', 'b', 'copy'])
    expect(await refusal(opened.store.getMetadata(id))).toMatchObject({ code: 'INTEGRITY', artifactId: id });
});

test('I-3 the tail of one record behind the line of another is refused', async () => {
  const opened = open();
  await opened.store.upload('a', 'AAAA');
  await opened.store.upload('b', 'BBBB');
  const a = await objectAt(opened.backend, 'records/a');
  const b = await objectAt(opened.backend, 'records/b');

  await opened.backend.write('records/a', Buffer.concat([a.subarray(0, -4), b.subarray(-4)]));

  expect(await outcome(opened.store, 'a')).toBe('INTEGRITY');
});

test('I-3 a record of another audience is refused, though the same key signed it', async () => {
  const shared = memoryBackend();
  await open({ backend: shared, audience: 'dev' }).store.upload('a', 'x');

  const prod = open({ backend: shared, audience: 'prod' }).store;

  expect(await outcome(prod, 'a')).toBe('INTEGRITY');
  expect(await refusal(prod.upload('a', 'y'))).toMatchObject({ code: 'INTEGRITY' });
  expect(await refusal(prod.delete('a'))).toMatchObject({ code: 'INTEGRITY' });
  expect(await refusal(prod.update('a', { hold: true }))).toMatchObject({ code: 'INTEGRITY' });
});

test('I-4 a record signed with another key is refused', async () => {
  const shared = memoryBackend();
  await open({ backend: shared, signing: keyringOf('other') }).store.upload('a', 'x');

  expect(await outcome(open({ backend: shared }).store, 'a')).toBe('UNKNOWN_KEY');
});

test('I-5 an older validly signed version is shown for what it is to a caller who remembers', async () => {
  const opened = open();
  const first = await opened.store.upload('a', 'old');
  const old = await objectAt(opened.backend, 'records/a');
  const second = await opened.store.upload('a', 'new');

  await opened.backend.write('records/a', old);

  expect(await refusal(opened.store.download('a', { minGeneration: 2 }))).toMatchObject({
    code: 'ROLLBACK_DETECTED',
    expected: 2,
    found: 1,
  });
  expect(await refusal(opened.store.getMetadata('a', { expectedSha256: second.checksumSha256 }))).toMatchObject({
    code: 'INTEGRITY',
    found: first.checksumSha256,
  });
});

test('I-5 minGeneration gives that generation or a later one', async () => {
  const opened = open();
  await opened.store.upload('a', 'one');
  await opened.store.upload('a', 'two');

  expect((await opened.store.getMetadata('a', { minGeneration: 1 }))?.generation).toBe(2);
  expect(await (await opened.store.download('a', { minGeneration: 2 })).text()).toBe('two');
  expect(await refusal(opened.store.getMetadata('a', { minGeneration: 3 }))).toMatchObject({
    code: 'ROLLBACK_DETECTED',
  });
});
