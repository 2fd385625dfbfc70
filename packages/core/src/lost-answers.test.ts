import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { isRecordKey, losingAnswers, watched } from './faults.test-helper.ts';
import { artifactKeys, content, day, hour, keysOf, open, refusal, sha256, startTime } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const unavailable = (): Error => new ArtifactError('UNAVAILABLE', 'no answer');
const unclassified = (): Error => new Error('socket hang up');

const errors: readonly (readonly [what: string, error: () => Error])[] = [
  ['UNAVAILABLE', unavailable],
  ['TIMEOUT', () => new ArtifactError('TIMEOUT', 'no answer in time')],
  ['an unclassified error', unclassified],
];

/** Record writes fail with `error` and are not applied, `times` times; then `meanwhile` happens. */
function refusing(
  inner: ArtifactBackend,
  error: () => Error,
  times: number,
  meanwhile?: () => Promise<unknown>,
): ArtifactBackend {
  let left = times;
  return wrapBackend(inner, {
    async write(key, body, options) {
      if (left > 0 && isRecordKey(key)) {
        left -= 1;
        await meanwhile?.();
        throw error();
      }
      return inner.write(key, body, options);
    },
  });
}

test.each(errors)(
  'I-17 a create whose answer was lost with %s meets its own first attempt and succeeds',
  async (_what, error) => {
    for (const size of [10, 100_000]) {
      const { backend: inner } = open();
      const { store } = open({ backend: losingAnswers(inner, isRecordKey, error) });

      const stored = await store.upload('a', content(size), { ifGeneration: 0, ttlMs: hour });

      expect(await open({ backend: inner }).store.getMetadata('a')).toEqual(stored);
      expect((await artifactKeys(inner)).map((key) => key.split('/')[0])).toEqual([
        ...(size > 10 ? ['content'] : []),
        'expiry',
        'records',
      ]);
    }
  },
);

test.each(errors)(
  'I-17 an overwrite, an update and a delete whose answers were lost with %s succeed once',
  async (_what, error) => {
    const { store, backend: inner } = open();
    await store.upload('a', content(100_000));
    const lossy = () => open({ backend: losingAnswers(inner, isRecordKey, error) }).store;

    expect((await lossy().upload('a', content(100_000, 2))).generation).toBe(2);
    const updated = await lossy().update('a', { metadata: { n: 1 } });
    expect(await store.getMetadata('a')).toEqual(updated);
    expect(await lossy().delete('a')).toBe(true);
    expect(await store.getMetadata('a')).toBeUndefined();
    expect(await keysOf(inner, 'content/')).toHaveLength(1);
  },
);

test('I-17 even four lost answers are one success, as long as the record can be read back', async () => {
  const { backend: inner } = open();
  const { store } = open({ backend: losingAnswers(inner, isRecordKey, unavailable, 4) });

  const stored = await store.upload('a', 'x');

  expect(await open({ backend: inner }).store.getMetadata('a')).toEqual(stored);
});

test('I-10 what can be neither written nor read back is OUTCOME_UNKNOWN, with the revision that may be there', async () => {
  const { backend: inner } = open();
  let sent = false;
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (!isRecordKey(key)) return written;
      sent = true;
      throw unavailable();
    },
    read: (key, options) => (sent ? Promise.reject(unavailable()) : inner.read(key, options)),
  });

  const error = await refusal(open({ backend }).store.upload('a', content(100_000), { expiresAt: startTime + hour }));

  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: true, artifactId: 'a' });
  const { store } = open({ backend: inner });
  expect((await store.getMetadata('a'))?.revision).toBe(error.revision);
  expect(sha256(await (await store.download('a')).bytes())).toBe(sha256(content(100_000)));
  expect((await artifactKeys(inner)).map((key) => key.split('/')[0])).toEqual([
    'content',
    'expiry',
    'pending',
    'records',
  ]);
});

test('I-10 a record that was never seen leaves the outcome open: content and markers stay, a retry converges', async () => {
  const { backend: inner } = open();
  const { store } = open({ backend: refusing(inner, unavailable, 4) });

  const error = await refusal(store.upload('a', content(100_000)));
  expect(error.code).toBe('OUTCOME_UNKNOWN');
  expect((await artifactKeys(inner)).map((key) => key.split('/')[0])).toEqual(['content', 'pending']);

  expect((await store.upload('a', content(100_000), { ifGeneration: 0 })).generation).toBe(1);
});

test('I-10 an attempt that certainly wrote nothing is no doubt: content and markers are gone', async () => {
  const { backend: inner } = open();
  const { store } = open({ backend: refusing(inner, () => new ArtifactError('ACCESS_DENIED', 'no'), 1) });

  expect(await refusal(store.upload('a', content(100_000), { ttlMs: hour }))).toMatchObject({
    code: 'ACCESS_DENIED',
    retryable: false,
  });
  expect(await artifactKeys(inner)).toEqual([]);
});

test('I-10 a refusal of the second attempt says nothing of the first', async () => {
  const { backend: inner } = open();
  let sends = 0;
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      if (!isRecordKey(key)) return inner.write(key, body, options);
      sends += 1;
      if (sends > 1) throw new ArtifactError('ACCESS_DENIED', 'no');
      throw unavailable();
    },
  });

  expect(await refusal(open({ backend }).store.upload('a', 'x'))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

test("I-17 somebody else's win is ALREADY_EXISTS with their revision, not a success", async () => {
  const { store: other, backend: inner } = open();
  let theirs: string | undefined;
  const backend = refusing(inner, unavailable, 1, async () => {
    theirs = (await other.upload('a', 'theirs')).revision;
  });

  const error = await refusal(open({ backend }).store.upload('a', content(100_000), { ifGeneration: 0 }));

  expect(error).toMatchObject({ code: 'ALREADY_EXISTS', revision: theirs });
  expect(await (await other.download('a')).text()).toBe('theirs');
  expect(await keysOf(inner, 'content/')).toEqual([]);
});

test("I-17 without a condition somebody else's win is overwritten", async () => {
  const { store: other, backend: inner } = open();
  const backend = refusing(inner, unclassified, 1, () => other.upload('a', 'theirs'));

  expect((await open({ backend }).store.upload('a', 'ours')).generation).toBe(2);
});

test('I-10 a create that was applied, then deleted by another, never comes back', async () => {
  const { store: other, backend: inner } = open();
  let first = true;
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (!isRecordKey(key) || !first) return written;
      first = false;
      await other.delete('a');
      throw unavailable();
    },
  });

  expect(await refusal(open({ backend }).store.upload('a', 'x'))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(await other.getMetadata('a')).toBeUndefined();
});

test('I-10 a version that came after ours leaves it open whether ours ever was', async () => {
  const { store: other, backend: inner } = open();
  let first = true;
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (!isRecordKey(key) || !first) return written;
      first = false;
      await other.upload('a', 'later');
      throw unavailable();
    },
  });

  expect(await refusal(open({ backend }).store.upload('a', 'x', { ifGeneration: 0 }))).toMatchObject({
    code: 'OUTCOME_UNKNOWN',
  });
  expect(await (await other.download('a')).text()).toBe('later');
});

test('a race that is lost again and again ends with SUPERSEDED', async () => {
  const { store: other, backend: inner } = open();
  await other.upload('a', 'x');
  const { backend, calls } = watched(inner, async (_n, call, key) => {
    if (call === 'write' && isRecordKey(key)) await other.update('a', { metadata: { n: calls.length } });
  });

  const error = await refusal(open({ backend }).store.upload('a', 'y'));

  expect(error).toMatchObject({ code: 'SUPERSEDED', retryable: true, artifactId: 'a' });
});

test('I-8 a lost answer that comes later than half of the grace is not sent again', async () => {
  const { backend: inner, clock } = open();
  const sent: string[] = [];
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      if (!isRecordKey(key)) return inner.write(key, body, options);
      sent.push(key);
      clock.advance(day / 2 + 1);
      throw unavailable();
    },
  });

  const error = await refusal(open({ backend, clock }).store.upload('a', content(100_000)));

  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', artifactId: 'a' });
  expect(sent).toEqual(['records/a']);
  expect((await artifactKeys(inner)).map((key) => key.split('/')[0])).toEqual(['content', 'pending']);
});

/** Sends conditional record writes twice, as a proxy may that lost the first answer, and gives the second. */
function sendingTwice(inner: ArtifactBackend): ArtifactBackend {
  return wrapBackend(inner, {
    async write(key, body, options) {
      if (isRecordKey(key) && options?.condition !== undefined)
        await inner.write(key, body, options).catch(() => undefined);
      return inner.write(key, body, options);
    },
  });
}

test('I-17 a write that the network sent twice is a success, and nothing that its record names is tidied away', async () => {
  const { backend: inner, store } = open();
  const twice = () => open({ backend: sendingTwice(inner) }).store;

  const created = await twice().upload('a', content(100_000), { ifGeneration: 0 });
  expect(await store.getMetadata('a')).toEqual(created);
  const replaced = await twice().upload('a', content(100_000, 2), { ifGeneration: 1, ttlMs: hour });
  expect(await store.getMetadata('a')).toEqual(replaced);
  expect(sha256(await (await store.download('a')).bytes())).toBe(sha256(content(100_000, 2)));
  await twice().upload('b', 'small', { ttlMs: hour });
  expect(await keysOf(inner, 'expiry/')).toHaveLength(2);
  expect(await twice().delete('a')).toBe(true);
  expect(await store.getMetadata('a')).toBeUndefined();
});

test('I-10 what a write that was refused had written stays when its record cannot be looked for', async () => {
  const { backend: inner, store } = open();
  const blind = wrapBackend(sendingTwice(inner), {
    async read(key, options) {
      if (isRecordKey(key)) throw unavailable();
      return inner.read(key, options);
    },
  });
  const upload = open({ backend: blind }).store.upload('a', content(100_000));

  expect(await refusal(upload)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(sha256(await (await store.download('a')).bytes())).toBe(sha256(content(100_000)));
});

test('I-18 a write that the network sent twice counts, also when nothing but its room would be given up', async () => {
  const { backend: inner } = open();
  const quota = { maxCount: 100 };
  const { store } = open({ backend: sendingTwice(inner), quota });

  await store.upload('b', 'small', { ifGeneration: 0 });
  const { store: plain } = open({ backend: inner, trackUsage: true });
  expect(await plain.usage()).toEqual({ bytes: 5, count: 1, from: 'ledger' });
  // By now it is busy, and has a lease.
  for (const id of ['c', 'd', 'e']) expect((await store.upload(id, 'small')).generation).toBe(1);
  await store.close();
  expect(await plain.usage()).toEqual({ bytes: 20, count: 4, from: 'ledger' });
});
