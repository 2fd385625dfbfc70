import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { artifactKeys, type Clock, content, day, state, open, override, refusal } from './store.test-helper.ts';

const clocks: readonly (readonly [what: string, advance: (clock: Clock, ms: number) => void])[] = [
  [
    'wall',
    (clock, ms) => {
      clock.wall += ms;
    },
  ],
  [
    'monotonic',
    (clock, ms) => {
      clock.steady += ms;
    },
  ],
];

test.each(clocks)(
  'an upload that takes longer than half of the grace by the %s clock is refused, nothing is left',
  async (_what, advance) => {
    const { store, backend, clock } = open();
    await store.upload('a', 'before');
    const before = await state(backend);
    const source = async function* () {
      yield content(100_000);
      advance(clock, day / 2 + 1);
      yield content(10);
    };

    const error = await refusal(store.upload('a', source()));

    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true, artifactId: 'a' });
    expect(error.message).toContain('half of the grace');
    expect(await state(backend)).toEqual(before);
  },
);

test.each(clocks)('exactly half of the grace by the %s clock is in time', async (_what, advance) => {
  const { store, clock } = open();
  const source = async function* () {
    yield content(100_000);
    advance(clock, day / 2);
  };

  expect((await store.upload('a', source())).sizeBytes).toBe(100_000);
});

test('a slow small source holds no marker, so only its timeout limits it', async () => {
  const { store, clock } = open();
  const source = async function* () {
    yield content(10);
    clock.advance(day);
  };

  expect((await store.upload('a', source())).sizeBytes).toBe(10);
});

test.each(['upload', 'update', 'delete'] as const)(
  'an %s whose marker takes too long to write is refused, and its markers are gone',
  async (operation) => {
    const { store, backend: inner, clock } = open();
    await store.upload('a', content(100_000));
    const before = await state(inner);
    const slow = watched(inner, undefined, (_n, call, key) => {
      if (call === 'write' && (key.startsWith('pending/') || key.startsWith('expiry/'))) clock.advance(day / 2 + 1);
    });
    const late = open({ backend: slow.backend, clock }).store;

    const call = {
      upload: () => late.upload('a', 'x'),
      update: () => late.update('a', { expiresAt: clock.wall + 10 * day }),
      delete: () => late.delete('a'),
    }[operation];

    expect(await refusal(call())).toMatchObject({ code: 'TIMEOUT' });
    expect(await state(inner)).toEqual(before);
  },
);

test('an answer that comes so late that a sweep was faster takes the record back', async () => {
  const { backend: inner, clock } = open();
  const backend = override(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (key.startsWith('records/')) {
        clock.advance(day);
        for await (const { key: swept } of inner.list({ prefix: 'content/' })) await inner.delete(swept);
      }
      return written;
    },
  });

  const error = await refusal(open({ backend, clock }).store.upload('a', content(100_000)));

  expect(error).toMatchObject({ code: 'TIMEOUT', artifactId: 'a' });
  expect((await artifactKeys(inner)).filter((key) => !key.startsWith('pending/'))).toEqual([]);
});

test('an answer that comes late over content that is still there is a success', async () => {
  const { backend: inner, clock } = open();
  const slow = watched(inner, undefined, (_n, call, key) => {
    if (call === 'write' && key.startsWith('records/')) clock.advance(day);
  });

  const stored = await open({ backend: slow.backend, clock }).store.upload('a', content(100_000));

  expect(await open({ backend: inner, clock }).store.getMetadata('a')).toEqual(stored);
});
