import { expect, test } from 'vitest';

import { expiryKey } from './layout.ts';
import type { ArtifactChanges } from './update.ts';
import { content, state, hour, keysOf, open, refusal, sha256, startTime } from './store.test-helper.ts';

test.each([20, 100_000])(
  'an update keeps the %i bytes, when they came and their generation, under a new revision',
  async (size) => {
    const { store, backend, clock } = open();
    const bytes = content(size);
    await store.upload('a', 'older');
    const before = await store.upload('a', bytes, { name: 'n', contentType: 'text/plain', metadata: { a: 1 } });
    const contents = await keysOf(backend, 'content/');
    clock.advance(1000);

    const after = await store.update('a', { metadata: { b: 2 }, expiresAt: startTime + hour, hold: true });

    expect(after).toEqual({
      ...before,
      metadata: { b: 2 },
      expiresAt: new Date(startTime + hour),
      hold: true,
      revision: after.revision,
      signature: after.signature,
    });
    expect(after.revision).not.toBe(before.revision);
    expect([after.generation, after.createdAt]).toEqual([2, new Date(startTime)]);
    expect(await keysOf(backend, 'content/')).toEqual(contents);
    expect(await store.getMetadata('a')).toEqual(after);
    expect(sha256(await (await store.download('a')).bytes())).toBe(sha256(bytes));
  },
);

test('what an update leaves out stays, and null removes', async () => {
  const { store } = open();
  await store.upload('a', 'x', { expiresAt: startTime + hour, metadata: { a: 1 } });

  expect((await store.update('a', { hold: true })).expiresAt).toEqual(new Date(startTime + hour));
  const after = await store.update('a', { expiresAt: null, hold: undefined });

  expect('expiresAt' in after).toBe(false);
  expect([after.hold, after.metadata]).toEqual([true, { a: 1 }]);
  expect((await store.update('a', { hold: false, metadata: {} })).hold).toBe(false);
});

const wrong: readonly (readonly [changes: Record<string, unknown>, field: string])[] = [
  [{}, 'changes'],
  [{ expiresAt: undefined }, 'changes'],
  [{ name: 'x' }, 'changes'],
  [{ expiresAt: startTime }, 'expiresAt'],
  [{ expiresAt: Number.NaN }, 'expiresAt'],
  [{ expiresAt: '2027' }, 'expiresAt'],
  [{ expiresAt: 1_800_000_000 }, 'expiresAt'],
  [{ retainUntil: -1 }, 'retainUntil'],
  [{ retainUntil: startTime - 1 }, 'retainUntil'],
  [{ hold: null }, 'hold'],
  [{ hold: 1 }, 'hold'],
  [{ metadata: null }, 'metadata'],
  [{ metadata: { a: Number.NaN } }, 'metadata.a'],
];

test.each(wrong)('an update with %j is refused naming the field, and changes nothing', async (changes, field) => {
  const { store, backend } = open();
  await store.upload('a', 'x');
  const before = await state(backend);

  expect(await refusal(store.update('a', changes as ArtifactChanges))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field,
  });
  expect(await state(backend)).toEqual(before);
});

test('an update of what is absent, deleted or expired is refused', async () => {
  const { store, clock } = open();
  await store.upload('deleted', 'x');
  await store.delete('deleted');
  await store.upload('expired', 'x', { ttlMs: 10 });
  clock.advance(10);

  expect(await refusal(store.update('absent', { hold: true }))).toMatchObject({
    code: 'NOT_FOUND',
    artifactId: 'absent',
  });
  expect(await refusal(store.update('deleted', { hold: true }))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await refusal(store.update('expired', { expiresAt: null }))).toMatchObject({ code: 'EXPIRED' });
});

test('an update under a condition changes exactly the version that was meant', async () => {
  const { store } = open();
  const { revision } = await store.upload('a', 'x');

  expect(await refusal(store.update('a', { hold: true }, { ifGeneration: 2 }))).toMatchObject({
    code: 'PRECONDITION_FAILED',
    found: 1,
  });
  expect(await refusal(store.update('a', { hold: true }, { ifRevision: '0'.repeat(32) }))).toMatchObject({
    code: 'PRECONDITION_FAILED',
    found: revision,
  });
  expect(await refusal(store.update('a', { hold: true }, { ifGeneration: 0 }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  const next = await store.update('a', { metadata: { n: 1 } }, { ifRevision: revision });
  expect(await refusal(store.update('a', { metadata: {} }, { ifRevision: revision }))).toMatchObject({
    code: 'PRECONDITION_FAILED',
    found: next.revision,
  });
});

test('I-15 racing updates all take effect, one after the other', async () => {
  const { store, backend } = open();
  await store.upload('a', 'x');

  const results = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      store.update('a', n % 2 === 0 ? { metadata: { n } } : { expiresAt: startTime + hour + n }),
    ),
  );

  expect(new Set(results.map(({ revision }) => revision)).size).toBe(8);
  const last = await store.getMetadata('a');
  expect(results).toContainEqual(last);
  // Neither kind undid the other.
  const { n } = last?.metadata ?? {};
  const expiresAt = Number(last?.expiresAt);
  expect([0, 2, 4, 6]).toContain(n);
  expect([1, 3, 5, 7]).toContain(expiresAt - startTime - hour);
  expect(await keysOf(backend, 'expiry/')).toEqual([expiryKey(expiresAt, last?.revision ?? '', 'a')]);
});
