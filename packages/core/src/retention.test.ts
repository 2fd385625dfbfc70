import { expect, test } from 'vitest';

import { memoryBackend } from './memory.ts';
import type { UploadOptions } from './upload-options.ts';
import { content, state, hour, open, refusal, startTime } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const kept: readonly (readonly [what: string, options: UploadOptions])[] = [
  ['held', { hold: true }],
  ['retained', { retainUntil: startTime + hour }],
];

test.each(kept)(
  'Retention: what is %s can be neither overwritten nor deleted, and stays as it was',
  async (_what, options) => {
    const { store, backend } = open();
    const { revision } = await store.upload('a', content(100_000), options);
    const before = await state(backend);

    for (const call of [
      () => store.upload('a', 'x'),
      () => store.upload('a', content(100_000, 2)),
      () => store.upload('a', 'x', { ifGeneration: 1 }),
      () => store.upload('a', 'x', { ifRevision: revision }),
      () => store.delete('a'),
      () => store.delete('a', { ifRevision: revision }),
      () => store.delete('a', { unverified: true }),
    ]) {
      expect(await refusal(call())).toMatchObject({ code: 'RETAINED', retryable: false, artifactId: 'a' });
    }
    expect(await state(backend)).toEqual(before);
  },
);

test('Retention ends to the millisecond', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { retainUntil: startTime + hour });

  clock.advance(hour - 1);
  expect(await refusal(store.delete('a'))).toMatchObject({ code: 'RETAINED' });
  clock.advance(1);
  expect(await store.delete('a')).toBe(true);
});

test('Retention holds for what has expired, too', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { ttlMs: 10, retainUntil: startTime + hour });
  await store.upload('b', 'x', { ttlMs: 10, hold: true });
  clock.advance(20);

  for (const id of ['a', 'b']) {
    expect(await refusal(store.upload(id, 'y'))).toMatchObject({ code: 'RETAINED' });
    expect(await refusal(store.upload(id, 'y', { ifGeneration: 0 }))).toMatchObject({ code: 'RETAINED' });
    expect(await refusal(store.delete(id))).toMatchObject({ code: 'RETAINED' });
  }
});

test('Retention is extended and never shortened', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { retainUntil: startTime + hour });

  for (const retainUntil of [startTime + hour - 1, new Date(startTime + 1), null]) {
    expect(await refusal(store.update('a', { retainUntil }))).toMatchObject({ code: 'RETAINED' });
  }
  expect((await store.update('a', { retainUntil: startTime + hour })).retainUntil).toEqual(new Date(startTime + hour));
  expect((await store.update('a', { retainUntil: startTime + 2 * hour })).retainUntil).toEqual(
    new Date(startTime + 2 * hour),
  );
  clock.advance(2 * hour);
  expect('retainUntil' in (await store.update('a', { retainUntil: null }))).toBe(false);
});

test('Retention does not stop updates of anything else', async () => {
  const { store } = open();
  await store.upload('a', 'x', { retainUntil: startTime + hour, hold: true });

  const after = await store.update('a', { metadata: { n: 1 }, expiresAt: startTime + 1000 });

  expect([after.retainUntil, after.hold]).toEqual([new Date(startTime + hour), true]);
});

test('Retention: a hold is lifted only by an update, and then nothing is in the way', async () => {
  const { store } = open();
  await store.upload('a', 'x', { hold: true });

  await store.update('a', { hold: false });

  expect((await store.upload('a', 'y')).hold).toBe(false);
  expect(await store.delete('a')).toBe(true);
});

test('Retention is told to the backend with the record and its content, and with nothing else', async () => {
  const told: [key: string, until: number][] = [];
  const inner = memoryBackend();
  const backend = wrapBackend(inner, {
    write: (key, body, options) => {
      if (options?.retainUntil !== undefined) told.push([key.split('/', 1).join(), options.retainUntil.getTime()]);
      return inner.write(key, body, options);
    },
  });
  const { store } = open({ backend });

  await store.upload('free', content(100_000));
  await store.upload('a', content(100_000), { retainUntil: startTime + hour });
  await store.update('a', { retainUntil: startTime + 2 * hour });

  expect(told).toEqual([
    ['content', startTime + hour],
    ['records', startTime + hour],
    ['records', startTime + 2 * hour],
  ]);
});
