import { expect, test } from 'vitest';

import type { ArtifactBackend, CallOptions } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { isRecordKey, watched } from './faults.test-helper.ts';
import { artifactKeys, type Clock, content, day, onlyKey, open, refusal, stalled, state } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

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
  const backend = wrapBackend(inner, {
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

/** Records are stored a day later than they are sent; then `look` comes before every read of content. */
function looking(
  inner: ArtifactBackend,
  clock: Clock,
  look: (options: CallOptions | undefined) => Promise<unknown>,
): ArtifactBackend {
  return wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (isRecordKey(key)) clock.advance(day);
      return written;
    },
    async read(key, options) {
      if (key.startsWith('content/')) await look(options);
      return inner.read(key, options);
    },
  });
}

/** As a sweep does it, a grace later. */
async function sweepContent(backend: ArtifactBackend): Promise<void> {
  await backend.delete(await onlyKey(backend, 'content/'));
}

async function kindsOf(backend: ArtifactBackend): Promise<(string | undefined)[]> {
  return (await artifactKeys(backend)).map((key) => key.split('/')[0]);
}

test('I-10 a late commit whose content cannot be looked at is OUTCOME_UNKNOWN, content and marker stay', async () => {
  const { store, backend: inner, clock } = open();
  const away = new ArtifactError('UNAVAILABLE', 'the medium is away');
  const backend = looking(inner, clock, () => Promise.reject(away));

  const error = await refusal(open({ backend, clock }).store.upload('a', content(100_000)));

  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', artifactId: 'a' });
  expect(error.cause).toBe(away);
  expect(await kindsOf(inner)).toEqual(['content', 'pending', 'records']);
  expect((await store.getMetadata('a'))?.revision).toBe(error.revision);
  expect(Buffer.compare(await (await store.download('a')).bytes(), content(100_000))).toBe(0);
});

test("I-7 an abort while a late commit looks at its content is the caller's reason, content and marker stay", async () => {
  const { store, backend: inner, clock } = open();
  const controller = new AbortController();
  const reason = new Error('the caller went home');
  const backend = looking(inner, clock, async () => {
    controller.abort(reason);
    await stalled();
  });

  const upload = open({ backend, clock }).store.upload('a', content(100_000), { signal: controller.signal });

  await expect(upload).rejects.toBe(reason);
  expect(await kindsOf(inner)).toEqual(['content', 'pending', 'records']);
  expect((await (await store.download('a')).bytes()).length).toBe(100_000);
});

test('I-10 a timeout while a late commit looks at its content is OUTCOME_UNKNOWN, content and marker stay', async () => {
  const { backend: inner, clock } = open();
  const backend = looking(inner, clock, () => stalled());

  const error = await refusal(open({ backend, clock }).store.upload('a', content(100_000), { timeoutMs: 1000 }));

  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: { code: 'TIMEOUT' } });
  expect(await kindsOf(inner)).toEqual(['content', 'pending', 'records']);
});

test('I-7 a late commit that somebody else replaced meanwhile is TIMEOUT, and theirs stays', async () => {
  const { store: other, backend: inner, clock } = open();
  const backend = looking(inner, clock, async () => {
    await sweepContent(inner);
    await other.upload('a', 'theirs');
  });

  const error = await refusal(open({ backend, clock }).store.upload('a', content(100_000)));

  expect(error).toMatchObject({ code: 'TIMEOUT', artifactId: 'a' });
  expect(await (await other.download('a')).text()).toBe('theirs');
});

test('I-7 where no delete has a condition a late commit is taken back by a tombstone that its marker leads to', async () => {
  const { store, backend: inner, clock } = open();
  const backend = wrapBackend(
    looking(inner, clock, () => sweepContent(inner)),
    {
      capabilities: async () => ({ createIfAbsent: true, compareAndSwap: true, conditionalDelete: false }),
      delete: (key, options) =>
        options?.condition === undefined
          ? inner.delete(key, options)
          : Promise.reject(new ArtifactError('UNSUPPORTED', 'not here')),
    },
  );

  const error = await refusal(open({ backend, clock }).store.upload('a', content(100_000)));

  expect(error).toMatchObject({ code: 'TIMEOUT', artifactId: 'a' });
  expect(await kindsOf(inner)).toEqual(['pending', 'records']);
  expect(await store.getMetadata('a')).toBeUndefined();
});

test('I-10 a late commit that cannot be taken back is OUTCOME_UNKNOWN, its marker stays', async () => {
  const { backend: inner, clock } = open();
  const backend = wrapBackend(
    looking(inner, clock, () => sweepContent(inner)),
    {
      delete: (key, options) =>
        isRecordKey(key) ? Promise.reject(new ArtifactError('ACCESS_DENIED', 'no')) : inner.delete(key, options),
    },
  );

  const error = await refusal(open({ backend, clock }).store.upload('a', content(100_000)));

  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: { code: 'ACCESS_DENIED' } });
  expect(await kindsOf(inner)).toEqual(['pending', 'records']);
});
