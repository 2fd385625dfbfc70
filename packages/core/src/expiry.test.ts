import { expect, test } from 'vitest';

import { isExpired } from './artifact.ts';
import { collect, content, open, refusal, startTime } from './store.test-helper.ts';

test('I-21 an artifact is there until the last millisecond and refused from then on', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { expiresAt: new Date(startTime + 1000) });

  clock.advance(999);
  expect(await (await store.download('a')).text()).toBe('x');
  clock.advance(1);
  const error = await refusal(store.download('a'));

  expect(error).toMatchObject({ code: 'EXPIRED', artifactId: 'a', found: startTime + 1000, retryable: false });
  expect(error.message).toBe('artifact "a" expired at 2026-01-01T00:00:01.000Z');
});

test('I-21 a handle that was opened in time refuses to be read too late', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { ttlMs: 1000 });
  await store.upload('b', content(100_000), { ttlMs: 1000 });
  const [a, b] = [await store.download('a'), await store.download('b')];
  clock.advance(1000);

  expect(await refusal(a.bytes())).toMatchObject({ code: 'EXPIRED' });
  expect(await refusal(collect(b.slice({ start: 5 })))).toMatchObject({ code: 'EXPIRED' });
});

test('I-21 getMetadata gives the verified record of an expired artifact', async () => {
  const { store, clock } = open();
  const stored = await store.upload('a', 'x', { ttlMs: 1000 });
  clock.advance(5000);

  const found = await store.getMetadata('a');

  expect(found).toEqual(stored);
  expect([isExpired(stored, startTime + 999), isExpired(stored, startTime + 1000), isExpired({})]).toEqual([
    false,
    true,
    false,
  ]);
});

test('I-21 a listing leaves out what has expired, unless it is asked for', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { ttlMs: 1000 });
  await store.upload('b', 'x', { ttlMs: 1001 });
  await store.upload('c', 'x');
  clock.advance(1000);

  const ids = async (includeExpired: boolean) => [
    (await collect(store.list({ includeExpired }))).map(({ id }) => id),
    (await store.page({ includeExpired })).artifacts.map(({ id }) => id),
  ];

  expect(await ids(false)).toEqual([
    ['b', 'c'],
    ['b', 'c'],
  ]);
  expect(await ids(true)).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ]);
});

test('I-21 what has expired may be replaced, and counts as gone for conditions', async () => {
  const { store, clock } = open();
  const { revision } = await store.upload('a', 'x', { ttlMs: 1000 });
  clock.advance(1000);

  expect(await refusal(store.upload('a', 'y', { ifGeneration: 1 }))).toMatchObject({
    code: 'PRECONDITION_FAILED',
    found: 0,
  });
  expect(await refusal(store.upload('a', 'y', { ifRevision: revision }))).toMatchObject({
    code: 'PRECONDITION_FAILED',
  });
  expect((await store.upload('a', 'y')).generation).toBe(1);
});

test('I-21 an expiry that was moved counts, whatever it was before', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { ttlMs: 1000 });
  await store.update('a', { expiresAt: startTime + 5000 });
  await store.upload('b', 'x', { ttlMs: 5000 });
  await store.update('b', { expiresAt: startTime + 1000 });
  clock.advance(1000);

  expect(await (await store.download('a')).text()).toBe('x');
  expect(await refusal(store.download('b'))).toMatchObject({ code: 'EXPIRED' });
});
