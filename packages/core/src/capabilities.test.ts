import { expect, test } from 'vitest';

import type { ArtifactBackend, BackendCapabilities } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { artifactKeys, content, hour, keysOf, open, refusal, startTime } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** A backend that can do less, says so, and refuses what it cannot do. */
function denying(inner: ArtifactBackend, denied: Partial<BackendCapabilities>): ArtifactBackend {
  const capabilities = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true, ...denied };
  const refused = (): never => {
    throw new ArtifactError('UNSUPPORTED', 'not here');
  };
  return wrapBackend(inner, {
    capabilities: async () => capabilities,
    write: async (key, body, options) => {
      if (
        options?.condition !== undefined &&
        !capabilities['absent' in options.condition ? 'createIfAbsent' : 'compareAndSwap']
      )
        refused();
      return inner.write(key, body, options);
    },
    delete: async (key, options) => {
      if (options?.condition !== undefined && !capabilities.conditionalDelete) refused();
      return inner.delete(key, options);
    },
  });
}

const none = { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false };

test('without any capability the last writer wins, and everything that needs none works', async () => {
  const { store, backend } = open({ backend: denying(open().backend, none) });

  expect((await store.upload('a', 'one')).generation).toBe(1);
  expect((await store.upload('a', content(100_000))).generation).toBe(2);
  expect((await store.upload('a', 'three', { ttlMs: hour })).generation).toBe(3);
  expect(await (await store.download('a')).text()).toBe('three');
  expect([await store.delete('a'), await store.delete('a')]).toEqual([true, false]);
  expect(await keysOf(backend, 'records/')).toEqual([]);
  expect((await store.upload('a', 'four')).generation).toBe(1);
});

test('without compare-and-swap a delete leaves no tombstone, and content only under a marker', async () => {
  const { store, backend } = open({ backend: denying(open().backend, { compareAndSwap: false }) });
  await store.upload('a', content(100_000));
  await store.upload('b', 'x', { ttlMs: hour });

  expect([await store.delete('a'), await store.delete('b')]).toEqual([true, true]);

  expect((await artifactKeys(backend)).every((key) => key.startsWith('pending/'))).toBe(true);
});

test('without compare-and-swap the marker of large content is left to the sweep', async () => {
  const { store, backend } = open({ backend: denying(open().backend, { compareAndSwap: false }) });

  await store.upload('a', content(100_000));

  expect((await artifactKeys(backend)).map((key) => key.split('/')[0])).toEqual(['content', 'pending', 'records']);
});

test('what needs compare-and-swap is UNSUPPORTED without it, says what it needs, and stores nothing', async () => {
  const { store, backend } = open({ backend: denying(open().backend, { compareAndSwap: false }) });

  for (const [options, field] of [
    [{ ifGeneration: 1 }, 'ifGeneration'],
    [{ ifRevision: '0'.repeat(32) }, 'ifRevision'],
    [{ retainUntil: startTime + hour }, 'retainUntil'],
    [{ hold: true }, 'hold'],
  ] as const) {
    const error = await refusal(store.upload('a', 'x', options));
    expect(error).toMatchObject({ code: 'UNSUPPORTED', field, expected: 'compareAndSwap', retryable: false });
    expect(error.message).toBe(`${field} needs a backend with compareAndSwap, which "memory" does not have here`);
  }
  expect(await refusal(store.update('a', { metadata: {} }))).toMatchObject({ code: 'UNSUPPORTED', field: 'update' });
  expect(await artifactKeys(backend)).toEqual([]);
});

test('a delete or a read under a condition is UNSUPPORTED only where it could not be kept', async () => {
  const { store } = open({ backend: denying(open().backend, { compareAndSwap: false }) });
  const { revision } = await store.upload('a', 'x');

  expect((await store.getMetadata('a', { ifRevision: revision }))?.revision).toBe(revision);
  expect(await refusal(store.delete('a', { ifRevision: revision }))).toMatchObject({
    code: 'UNSUPPORTED',
    field: 'ifRevision',
  });
});

test('create-only needs create-if-absent, and a swap too when something expired is in the way', async () => {
  const { backend: inner } = open();
  const blind = open({ backend: denying(inner, { createIfAbsent: false }) });
  expect(await refusal(blind.store.upload('a', 'x', { ifGeneration: 0 }))).toMatchObject({
    code: 'UNSUPPORTED',
    expected: 'createIfAbsent',
  });

  const { store, clock } = open({ backend: denying(inner, { compareAndSwap: false }) });
  expect((await store.upload('a', 'x', { ifGeneration: 0, ttlMs: 10 })).generation).toBe(1);
  expect(await refusal(store.upload('a', 'y', { ifGeneration: 0 }))).toMatchObject({ code: 'ALREADY_EXISTS' });
  clock.advance(10);
  expect(await refusal(store.upload('a', 'y', { ifGeneration: 0 }))).toMatchObject({
    code: 'UNSUPPORTED',
    expected: 'compareAndSwap',
  });
});

test('without create-if-absent an overwrite is still a swap', async () => {
  const { store } = open({ backend: denying(open().backend, { createIfAbsent: false }) });
  await store.upload('a', 'x');

  const results = await Promise.all(Array.from({ length: 6 }, (_, n) => store.upload('a', `${n}`)));

  expect(results.map(({ generation }) => generation).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7]);
});

test('a denied conditional delete is never tried', async () => {
  const { store, backend } = open({ backend: denying(open().backend, { conditionalDelete: false }) });
  await store.upload('a', 'x');
  await backend.write('records/a', Buffer.from('garbage'));

  expect(await store.delete('a', { unverified: true })).toBe(true);
});

test('capabilities are asked for once, before the first write, and never by a reader', async () => {
  const { backend, calls } = watched(open().backend);
  const { store } = open({ backend });
  const asked = (): number => calls.filter(({ call }) => call === 'capabilities').length;

  await store.getMetadata('a');
  await store.page();
  await store.healthCheck();
  const byReading = asked();
  await store.upload('a', 'x');
  await store.upload('b', 'x');
  await store.delete('a');

  expect([byReading, asked()]).toEqual([0, 1]);
});

test('a backend that could not be asked is asked again', async () => {
  const { backend: inner } = open();
  let times = 0;
  const backend = wrapBackend(inner, {
    capabilities: (options) => {
      times += 1;
      return times === 1 ? Promise.reject(new ArtifactError('ACCESS_DENIED', 'no')) : inner.capabilities(options);
    },
  });
  const { store } = open({ backend });

  expect(await refusal(store.upload('a', 'x'))).toMatchObject({ code: 'ACCESS_DENIED' });
  expect((await store.upload('a', 'x')).generation).toBe(1);
});
