import { expect, test } from 'vitest';

import { artifactKeys, collect, content, state, flip, keysOf, objectAt, open, refusal } from './store.test-helper.ts';

test.each([10, 100_000])(
  'I-16 deleting %i bytes gives true, deleting again gives false, and nothing is there',
  async (size) => {
    const { store, backend } = open();
    await store.upload('a', content(size));

    expect([await store.delete('a'), await store.delete('a'), await store.delete('never')]).toEqual([
      true,
      false,
      false,
    ]);

    expect(await refusal(store.download('a'))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await store.getMetadata('a')).toBeUndefined();
    expect(await collect(store.list({ includeExpired: true }))).toEqual([]);
    expect(await keysOf(backend, 'content/')).toEqual([]);
  },
);

test('I-16 of racing deletes exactly one gives true', async () => {
  const { store } = open();
  await store.upload('a', content(100_000));

  const results = await Promise.all(Array.from({ length: 8 }, () => store.delete('a')));

  expect(results.filter(Boolean).length).toBe(1);
});

test('what was deleted leaves a signed tombstone in its place', async () => {
  const { store, backend } = open();
  await store.upload('a', 'x', { metadata: { a: 1 }, name: 'secret name' });

  await store.delete('a');

  const line = Buffer.from(await objectAt(backend, 'records/a')).toString();
  const { payloadType, payload } = JSON.parse(line) as { readonly payloadType: string; readonly payload: string };
  expect(payloadType).toBe('application/vnd.artifacts.tombstone.v1+json');
  expect(JSON.parse(Buffer.from(payload, 'base64').toString())).toMatchObject({
    v: 1,
    audience: 'test',
    id: 'a',
    generation: 1,
    deleted: true,
  });
  expect(line.endsWith('}\n')).toBe(true);
});

test('an expired artifact is deleted like any other', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { ttlMs: 10 });
  clock.advance(10);

  expect(await store.delete('a')).toBe(true);
});

test('a delete under a condition removes exactly the version that was meant', async () => {
  const { store } = open();
  const { revision } = await store.upload('a', 'x');

  expect(await refusal(store.delete('a', { ifGeneration: 2 }))).toMatchObject({
    code: 'PRECONDITION_FAILED',
    expected: 2,
    found: 1,
  });
  expect(await refusal(store.delete('a', { ifRevision: '0'.repeat(32) }))).toMatchObject({
    code: 'PRECONDITION_FAILED',
    found: revision,
  });
  expect(await refusal(store.delete('a', { ifGeneration: 0 }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await store.delete('a', { ifRevision: revision })).toBe(true);
});

test('I-2 what does not verify is not deleted, unless it is asked for, and then without its content', async () => {
  const { store, backend } = open();
  await store.upload('a', content(100_000));
  await flip(backend, 'records/a', 2000);
  const before = await state(backend);

  expect(await refusal(store.delete('a'))).toMatchObject({ code: 'SIGNATURE_INVALID', artifactId: 'a' });
  expect(await refusal(store.upload('a', 'x'))).toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect(await refusal(store.update('a', { hold: true }))).toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect(await state(backend)).toEqual(before);
  expect(await store.delete('a', { unverified: true })).toBe(true);
  expect((await artifactKeys(backend)).map((key) => key.split('/')[0])).toEqual(['content']);
  expect(await store.delete('a', { unverified: true })).toBe(false);
});

test('unverified changes nothing for a record that verifies', async () => {
  const { store, backend } = open();
  await store.upload('a', content(100_000));

  expect(await store.delete('a', { unverified: true })).toBe(true);

  expect((await artifactKeys(backend)).map((key) => key.split('/')[0])).toEqual(['pending', 'records']);
});
