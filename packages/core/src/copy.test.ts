import { expect, test } from 'vitest';
import { z } from 'zod';

import type { ArtifactBackend } from './backend.ts';
import { watched } from './faults.test-helper.ts';
import type { OperationEnd } from './events.ts';
import {
  artifactKeys,
  content,
  dump,
  flip,
  hour,
  keyringOf,
  keysOf,
  mebibyte,
  objectAt,
  onlyKey,
  open,
  refusal,
  sha256,
  stalled,
  startTime,
  state,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';
import type { ArtifactStore } from './store.ts';

const given = {
  contentType: 'text/plain',
  metadata: { list: [1, { deep: true }] },
  expiresAt: startTime + hour,
};

test.each([0, 5, 100_000, 3 * mebibyte + 5])(
  'a copy of %i bytes has content, name, type, expiry and metadata of its original',
  async (size) => {
    const { store, clock } = open();
    const original = await store.upload('a/b.txt', content(size), { ...given, name: 'named', hold: true });
    clock.advance(1000);

    const copy = await store.copy('a/b.txt', 'c/d.txt');

    expect(copy).toEqual({
      ...original,
      id: 'c/d.txt',
      createdAt: new Date(startTime + 1000),
      hold: false,
      revision: copy.revision,
      signature: copy.signature,
    });
    expect(copy.revision).not.toBe(original.revision);
    expect(await store.getMetadata('c/d.txt')).toEqual(copy);
    expect(sha256(await (await store.download('c/d.txt')).bytes())).toBe(sha256(content(size)));
    expect(await store.getMetadata('a/b.txt')).toEqual(original);
  },
);

test('a name that only repeats the id is made anew, and any other is kept', async () => {
  const { store } = open();
  await store.upload('x/one', '1');
  await store.upload('x/two', '2', { name: 'Two' });
  await store.upload('x/three', '3', { name: 'one' });

  expect((await store.copy('x/one', 'y/first')).name).toBe('first');
  expect((await store.copy('x/two', 'y/second')).name).toBe('Two');
  expect((await store.copy('x/three', 'y/third')).name).toBe('one');
  expect((await store.copy('x/two', 'y/fourth', { name: 'given' })).name).toBe('given');
});

test('what is given stands instead of what the original has', async () => {
  const { store } = open();
  await store.upload('a', 'x', given);

  const copy = await store.copy('a', 'b', {
    contentType: 'image/png',
    metadata: {},
    expiresAt: startTime + 2 * hour,
    retainUntil: startTime + hour,
    name: undefined,
  });
  const shortLived = await store.copy('a', 'c', { ttlMs: 5 });

  expect(copy).toMatchObject({ name: 'b', contentType: 'image/png', metadata: {} });
  expect([copy.expiresAt, copy.retainUntil]).toEqual([new Date(startTime + 2 * hour), new Date(startTime + hour)]);
  expect(shortLived.expiresAt).toEqual(new Date(startTime + 5));
});

test('a copy is a version like any other: conditions, retention and generations hold', async () => {
  const { store } = open();
  await store.upload('a', 'x');
  await store.upload('b', 'y');

  expect(await refusal(store.copy('a', 'b', { ifGeneration: 0 }))).toMatchObject({ code: 'ALREADY_EXISTS' });
  expect((await store.copy('a', 'b', { ifGeneration: 1 })).generation).toBe(2);
  expect((await store.copy('a', 'a')).generation).toBe(2);
  await store.update('b', { hold: true });
  expect(await refusal(store.copy('a', 'b'))).toMatchObject({ code: 'RETAINED', artifactId: 'b' });
  expect(await (await store.download('a')).text()).toBe('x');
});

test('I-3 a copy into a namespace, out of one, and into another store with other keys is signed there anew', async () => {
  for (const size of [5, 100_000]) {
    const { store } = open();
    const other = open({ signing: keyringOf('k2'), audience: 'elsewhere' });
    const tenant = store.namespace('n');
    await store.upload('a', content(size), given);

    const stored = [
      await store.copy('a', 'b', { into: tenant }),
      await tenant.copy('b', 'c', { into: store.namespace('o') }),
      await tenant.copy('b', 'c', { into: store }),
      await store.copy('a', 'b', { into: other.store }),
    ];

    expect(stored.map(({ id, keyId, generation }) => [id, keyId, generation])).toEqual([
      ['b', 'k1', 1],
      ['c', 'k1', 1],
      ['c', 'k1', 1],
      ['b', 'k2', 1],
    ]);
    for (const [at, id] of [
      [tenant, 'b'],
      [store.namespace('o'), 'c'],
      [store, 'c'],
      [other.store, 'b'],
    ] as const)
      expect(sha256(await (await at.download(id)).bytes())).toBe(sha256(content(size)));
    expect(await store.getMetadata('b')).toBeUndefined();
  }
});

test('I-1 a copy of a tampered original is INTEGRITY, and leaves nothing', async () => {
  for (const [size, key, bit] of [
    [5, 'records/a', -8],
    [100_000, 'content/', 500],
    [3 * mebibyte, 'content/', 8 * (2 * mebibyte + 7)],
  ] as const) {
    const { store, backend } = open();
    const target = open();
    await store.upload('a', content(size));
    await store.ready();
    await target.store.ready();
    const [found = ''] = await keysOf(backend, key);
    await flip(backend, found, bit < 0 ? 8 * (await objectAt(backend, found)).length + bit : bit);
    const before = await state(backend);
    const empty = await state(target.backend);

    const errors = [await refusal(store.copy('a', 'b')), await refusal(store.copy('a', 'b', { into: target.store }))];

    for (const error of errors) {
      expect(error).toMatchObject({ code: 'INTEGRITY', artifactId: 'a', retryable: false });
      expect(error.message).toMatch(/^artifact "a" fails its integrity check: /);
    }
    expect(await state(backend)).toEqual(before);
    expect(await state(target.backend)).toEqual(empty);
  }
});

test('I-21 an expired original, and one that is not there, are refused like a download', async () => {
  const { store, clock, backend } = open();
  await store.upload('a', 'x', { ttlMs: 1000 });
  clock.advance(1000);
  const before = await state(backend);

  expect(await refusal(store.copy('a', 'b'))).toMatchObject({ code: 'EXPIRED', artifactId: 'a' });
  expect(await refusal(store.copy('absent', 'b'))).toMatchObject({ code: 'NOT_FOUND', artifactId: 'absent' });
  expect(await refusal(store.copy('a', 'b', { expiresAt: startTime + 2 * hour }))).toMatchObject({ code: 'EXPIRED' });
  expect(await state(backend)).toEqual(before);
});

const old = content(3 * mebibyte, 1);

/** Copies a large artifact whose original changes between reading its record and its content. */
async function copyWhile(change: (writer: ArtifactStore, inner: ArtifactBackend, key: string) => Promise<unknown>) {
  const { store: writer, backend: inner } = open();
  await writer.upload('a', old, { metadata: { n: 1 } });
  const [key = ''] = await keysOf(inner, 'content/');
  let changed = 0;
  const backend = wrapBackend(inner, {
    read: async (at, options) => {
      if (at === key && changed === 0) {
        changed += 1;
        await change(writer, inner, key);
      }
      return inner.read(at, options);
    },
  });
  const result = await open({ backend }).store.safe.copy('a', 'b');
  expect(changed).toBe(1);
  const left = await keysOf(inner, `content/${sha256('b')}`);
  return { result, left: left.length, copy: await writer.safe.download('b') };
}

const newer = content(3 * mebibyte, 2);

test.each([
  ['replaced', (writer: ArtifactStore) => writer.upload('a', newer)],
  ['updated', (writer: ArtifactStore) => writer.update('a', { metadata: { n: 2 } })],
])('I-6 a copy is of the one version it began with, though the original is %s meanwhile', async (_what, change) => {
  const { result, copy, left } = await copyWhile(change);

  expect(result).toMatchObject({ success: true, metadata: { metadata: { n: 1 }, checksumSha256: sha256(old) } });
  expect(copy.success && sha256(copy.data)).toBe(sha256(old));
  expect(left).toBe(1);
});

test.each([
  ['deleted', 'NOT_FOUND', (writer: ArtifactStore) => writer.delete('a')],
  [
    'replaced and swept',
    'SUPERSEDED',
    async (writer: ArtifactStore, inner: ArtifactBackend, key: string) => {
      await writer.upload('a', newer);
      await inner.delete(key);
    },
  ],
])('I-6 a copy whose original is %s meanwhile is %s and leaves nothing', async (_what, code, change) => {
  const { result, copy, left } = await copyWhile(change);

  expect(result).toMatchObject({ success: false, error: { code, retryable: code === 'SUPERSEDED', artifactId: 'a' } });
  expect(copy).toMatchObject({ success: false, error: { code: 'NOT_FOUND' } });
  expect(left).toBe(0);
});

test('a copy that is larger than its target allows is TOO_LARGE, before anything is sent', async () => {
  const { store } = open();
  const small = open({ maxSizeBytes: 99_999 });
  await store.upload('a', content(100_000));

  expect(await refusal(store.copy('a', 'b', { into: small.store }))).toMatchObject({ code: 'TOO_LARGE' });

  expect(await dump(small.backend)).toEqual(new Map());
});

const wrong: readonly (readonly [to: string, options: object, field: string])[] = [
  ['../', {}, 'id'],
  ['', {}, 'id'],
  ['b', { name: '' }, 'name'],
  ['b', { contentType: 'nonsense' }, 'contentType'],
  ['b', { expiresAt: startTime }, 'expiresAt'],
  ['b', { expiresAt: startTime + 5, ttlMs: 5 }, 'ttlMs'],
  ['b', { retainUntil: 7 }, 'retainUntil'],
  ['b', { hold: 'yes' }, 'hold'],
  ['b', { metadata: { n: Number.NaN } }, 'metadata.n'],
  ['b', { ifGeneration: -1 }, 'ifGeneration'],
  ['b', { onProgress: 7 }, 'onProgress'],
];

test.each(wrong)('I-28 a copy to %j with %j is refused before any I/O, naming the %s', async (to, options, field) => {
  const { store: filled, backend: inner } = open();
  await filled.upload('a', 'x');
  const { backend, calls } = watched(inner);

  const error = await refusal(open({ backend }).store.copy('a', to, options));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  expect(calls).toEqual([]);
});

test('the two operations of a copy end with it, also when nothing of the original was read', async () => {
  const ends: OperationEnd[] = [];
  const { store } = open({ observers: [{ end: (event) => void ends.push(event) }] });
  await store.upload('a', content(100_000));
  await store.upload('held', 'x', { hold: true });
  const outcomes = (): string[] =>
    ends.splice(0).map(({ operation, id, outcome, bytes }) => `${operation} ${id} ${outcome} ${bytes}`);
  outcomes();

  await store.copy('a', 'b');
  expect(outcomes()).toEqual(['download a ok 100000', 'upload b ok 100000']);
  const small = open({ maxSizeBytes: 5 }).store;
  await refusal(store.copy('a', 'b', { into: small }));
  expect(outcomes()).toEqual(['download a ok 0']);
  await refusal(store.copy('absent', 'b'));
  expect(outcomes()).toEqual(['download absent NOT_FOUND 0']);
  await refusal(store.copy('a', 'held', { ifGeneration: 0 }));
  expect(outcomes().toSorted()).toEqual(['download a ok 100000', 'upload held RETAINED 100000']);
});

test('I-25 an abort of a copy rejects with the reason and leaves nothing', async () => {
  const reason = new Error('enough');
  const { store: writer, backend: inner } = open();
  await writer.upload('a', content(3 * mebibyte));
  const before = await state(inner);
  const controller = new AbortController();
  const backend = wrapBackend(inner, {
    read: (key, options) => {
      if (key.startsWith('content/')) controller.abort(reason);
      return inner.read(key, options);
    },
  });

  await expect(open({ backend }).store.copy('a', 'b', { signal: controller.signal })).rejects.toBe(reason);

  expect(await state(inner)).toEqual(before);
  expect((await artifactKeys(inner)).length).toBe(before.size - 1);
});

test('what is wrong with the target of a copy shows before its original is read', async () => {
  const { store, backend } = open();
  await store.upload('a', 'x');
  const { backend: counted, calls } = watched(backend);
  const from = open({ backend: counted }).store;
  const closed = open().store;
  await closed.close();
  const typed = open({ metadataSchema: z.object({ commit: z.string() }) }).store;

  for (const [field, options] of [
    ['into', { into: null }],
    ['into', { into: {} }],
    ['store', { into: closed }],
    ['metadata.commit', { into: typed, metadata: { commit: 7 } }],
  ] as const)
    expect(await refusal(from.copy('a', 'b', options as never))).toMatchObject({ field });
  expect(calls).toEqual([]);
});

test('a copy keeps the expiry of its original, has another, or has none', async () => {
  const { store, clock } = open();
  await store.upload('a', 'x', { ttlMs: 1000 });

  expect((await store.copy('a', 'same')).expiresAt?.getTime()).toBe(clock.wall + 1000);
  expect((await store.copy('a', 'later', { ttlMs: 5000 })).expiresAt?.getTime()).toBe(clock.wall + 5000);
  expect(await store.copy('a', 'for good', { expiresAt: null })).not.toHaveProperty('expiresAt');
});

test('I-25 a copy takes no longer than its limit, reading and writing together', async () => {
  const { store, clock, backend } = open();
  await store.upload('a', 'x');
  const slow = wrapBackend(backend, {
    read: async (key, options) => {
      if (key === 'records/a') clock.advance(900);
      return backend.read(key, options);
    },
    write: (key, body, options) => (key === 'records/b' ? stalled(options?.signal) : backend.write(key, body, options)),
  });
  const startedAt = performance.now();

  const error = await refusal(open({ backend: slow, clock }).store.copy('a', 'b', { timeoutMs: 1000 }));

  // 900 of the 1,000 ms went, by the injected clock, before the copy was written: a tenth was left.
  expect(error.code).toBe('OUTCOME_UNKNOWN');
  expect(error.cause).toMatchObject({ code: 'TIMEOUT', message: 'upload of artifact "b" did not end within 100 ms' });
  expect(performance.now() - startedAt).toBeLessThan(900);
});

test('I-1 the events of a copy of a tampered original blame the original, as its caller is told', async () => {
  const outcomes: string[] = [];
  const observers = [{ end: ({ operation, outcome }: OperationEnd) => void outcomes.push(`${operation} ${outcome}`) }];
  const { store, backend } = open({ observers });
  await store.upload('a', content(100_000));
  await flip(backend, await onlyKey(backend, 'content/'), 500);
  outcomes.length = 0;

  expect(await refusal(store.copy('a', 'b'))).toMatchObject({ code: 'INTEGRITY', artifactId: 'a' });

  expect(outcomes.toSorted()).toEqual(['download INTEGRITY', 'upload INTEGRITY']);
});
