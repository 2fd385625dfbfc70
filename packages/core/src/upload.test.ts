import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import {
  artifactKeys,
  collect,
  content,
  state,
  inlineLimit,
  keysOf,
  mebibyte,
  open,
  refusal,
  sha256,
  startTime,
} from './store.test-helper.ts';

test('what upload gives is what getMetadata, download and list give', async () => {
  const { store } = open();

  const stored = await store.upload('build/42', 'hello', {
    name: 'h\u00e9llo.txt',
    contentType: 'text/plain',
    metadata: { a: [1, { b: null }], '': '\u0000' },
    expiresAt: startTime + 5000,
  });

  expect(stored).toEqual({
    id: 'build/42',
    name: 'h\u00e9llo.txt',
    contentType: 'text/plain',
    sizeBytes: 5,
    checksumSha256: sha256('hello'),
    createdAt: new Date(startTime),
    expiresAt: new Date(startTime + 5000),
    hold: false,
    metadata: { a: [1, { b: null }], '': '\u0000' },
    generation: 1,
    revision: stored.revision,
    keyId: 'k1',
    signature: stored.signature,
  });
  expect(stored.revision).toMatch(/^[0-9a-f]{32}$/);
  expect(Buffer.from(stored.signature, 'base64').length).toBe(32);
  expect(await store.getMetadata('build/42')).toEqual(stored);
  expect((await store.download('build/42')).metadata).toEqual(stored);
  expect(await collect(store.list())).toEqual([stored]);
});

test('generation counts versions from 1, and every version has a revision of its own', async () => {
  const { store } = open();

  const versions = [];
  for (const text of ['a', 'b', 'b', 'c']) versions.push(await store.upload('x', text));

  expect(versions.map(({ generation }) => generation)).toEqual([1, 2, 3, 4]);
  expect(new Set(versions.map(({ revision }) => revision)).size).toBe(4);
});

test('a new artifact of a deleted or expired id starts at generation 1', async () => {
  const { store, clock } = open();
  await store.upload('x', 'a');
  await store.upload('x', 'b');
  await store.delete('x');

  expect((await store.upload('x', 'c', { ttlMs: 10 })).generation).toBe(1);
  clock.advance(10);
  expect((await store.upload('x', 'd')).generation).toBe(1);
});

test('I-13 ifGeneration: 0 creates only: over nothing, a deleted and an expired artifact', async () => {
  const { store, clock } = open();

  expect((await store.upload('x', 'a', { ifGeneration: 0, ttlMs: 10 })).generation).toBe(1);
  const error = await refusal(store.upload('x', 'b', { ifGeneration: 0 }));
  expect(error).toMatchObject({ code: 'ALREADY_EXISTS', expected: 0, found: 1, retryable: false });
  expect(error.revision).toBe((await store.getMetadata('x'))?.revision);
  clock.advance(10);
  expect((await store.upload('x', 'c', { ifGeneration: 0 })).generation).toBe(1);
  await store.delete('x');
  expect((await store.upload('x', 'd', { ifGeneration: 0 })).generation).toBe(1);
  expect(await (await store.download('x')).text()).toBe('d');
});

test.each([10, 100_000])(
  'a condition that does not hold stores nothing of %i bytes and says what is there',
  async (size) => {
    const { store, backend } = open();
    const { revision } = await store.upload('x', 'a');
    await store.upload('y', 'a', { ttlMs: 10 });
    const before = await state(backend);

    expect(await refusal(store.upload('x', content(size), { ifGeneration: 2 }))).toMatchObject({
      code: 'PRECONDITION_FAILED',
      expected: 2,
      found: 1,
    });
    expect(await refusal(store.upload('z', content(size), { ifGeneration: 1 }))).toMatchObject({
      code: 'PRECONDITION_FAILED',
      expected: 1,
      found: 0,
    });
    expect(await refusal(store.upload('x', content(size), { ifRevision: 'f'.repeat(32) }))).toMatchObject({
      code: 'PRECONDITION_FAILED',
      found: revision,
    });
    expect(await refusal(store.upload('z', content(size), { ifRevision: revision }))).toMatchObject({
      code: 'PRECONDITION_FAILED',
      found: 'none',
    });
    expect(await refusal(store.upload('x', content(size), { ifGeneration: 0 }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      revision,
    });
    expect(await state(backend)).toEqual(before);
  },
);

test('I-14 a condition that holds lets the upload through', async () => {
  const { store } = open();
  const first = await store.upload('x', 'a');

  const second = await store.upload('x', 'b', { ifGeneration: 1 });
  const third = await store.upload('x', 'c', { ifRevision: second.revision });

  expect([first.generation, second.generation, third.generation]).toEqual([1, 2, 3]);
});

test('a large upload that is bound to fail does not send its content', async () => {
  const { store, backend: inner } = open();
  await store.upload('x', 'a');
  const { backend, calls } = watched(inner);

  await refusal(open({ backend }).store.upload('x', content(mebibyte), { ifGeneration: 0 }));

  expect(calls.filter(({ call }) => call === 'write')).toEqual([]);
});

test('a new small artifact costs one request, and a large one four', async () => {
  const { store, backend: inner } = open();
  await store.upload('warm', 'up');
  const { backend, calls } = watched(inner);
  const opened = open({ backend }).store;
  await opened.upload('warm', 'up');
  calls.length = 0;

  await opened.upload('small', 'x');
  const small = calls.splice(0).map(({ call }) => call);
  await opened.upload('large', content(100_000));

  expect(small).toEqual(['write']);
  expect(calls.map(({ call, key }) => `${call} ${key.split('/')[0]}`)).toEqual([
    'write pending',
    'write content',
    'write records',
    'delete pending',
  ]);
});

test.each([
  [inlineLimit, 0],
  [inlineLimit + 1, 1],
])('%i bytes have %i content objects', async (size, objects) => {
  const { store, backend } = open();

  await store.upload('x', content(size));

  expect((await keysOf(backend, 'content/')).length).toBe(objects);
  expect(sha256(await (await store.download('x')).bytes())).toBe(sha256(content(size)));
});

test('expectedSha256 lets exactly this content in', async () => {
  for (const size of [5, 100_000]) {
    const { store, backend } = open();
    const bytes = content(size);

    expect(await refusal(store.upload('x', bytes, { expectedSha256: sha256('other') }))).toMatchObject({
      code: 'INTEGRITY',
      field: 'expectedSha256',
      expected: sha256('other'),
      found: sha256(bytes),
    });
    expect(await artifactKeys(backend)).toEqual([]);
    expect((await store.upload('x', bytes, { expectedSha256: sha256(bytes) })).checksumSha256).toBe(sha256(bytes));
  }
});

test('a record whose line is longer than usual is read all the same', async () => {
  const { store } = open();
  const metadata = { a: 'x'.repeat(8000) };

  await store.upload('x', 'tail', { metadata, name: 'n'.repeat(512) });

  expect((await store.getMetadata('x'))?.metadata).toEqual(metadata);
  expect(await (await store.download('x')).text()).toBe('tail');
  expect((await store.page()).artifacts[0]?.metadata).toEqual(metadata);
});

test('the largest record there can be fits', async () => {
  const { store } = open({
    audience: '\u00e9'.repeat(128),
    signing: (await import('./keyring.ts')).hmacKeyring({
      active: 'k'.repeat(128),
      keys: { ['k'.repeat(128)]: content(32) },
    }),
  });
  const id = '"'.repeat(256);

  await store.upload(id, 'x', {
    name: '"'.repeat(512),
    contentType: `a/b;c="${'!'.repeat(247)}"`,
    metadata: { a: '"'.repeat(4092) },
    ttlMs: 1000,
    retainUntil: startTime + 1000,
    hold: true,
  });

  expect((await store.getMetadata(id))?.sizeBytes).toBe(1);
});

test('an upload that expires before it is stored is refused and leaves nothing', async () => {
  const { store, backend, clock } = open();
  const source = async function* () {
    yield content(100_000);
    clock.advance(1000);
  };

  const error = await refusal(store.upload('x', source(), { ttlMs: 1000 }));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'expiresAt' });
  expect(await artifactKeys(backend)).toEqual([]);
});

test('I-12 racing uploads without a condition all succeed, one after the other', async () => {
  const { store } = open();

  const versions = await Promise.all(Array.from({ length: 12 }, (_, n) => store.upload('x', `version ${n}`)));

  expect(versions.map(({ generation }) => generation).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 12 }, (_, n) => n + 1),
  );
  const last = versions.findIndex(({ generation }) => generation === 12);
  expect(await (await store.download('x')).text()).toBe(`version ${last}`);
});
