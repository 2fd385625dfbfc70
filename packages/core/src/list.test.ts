import { expect, test } from 'vitest';

import type { InvalidEntry } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { collect, flip, objectAt, open, refusal, refusalOf, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

async function filled(ids: readonly string[]) {
  const opened = open();
  for (const id of ids) await opened.store.upload(id, id);
  return opened;
}

const idsOf = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id);

test('artifacts come in the order of their keys', async () => {
  const { store } = await filled(['b', 'a/b', 'a', 'a-b', 'B', '\u00e9', 'a/c', 'a.b', '\u{1f600}', '1']);

  const listed = idsOf(await collect(store.list()));

  // "-" < "." < "/" < digits < "=" < letters, and what is escaped begins with "=".
  expect(listed).toEqual(['1', 'B', '\u00e9', '\u{1f600}', 'a', 'a-b', 'a.b', 'a/b', 'a/c', 'b']);
  expect(idsOf((await store.page()).artifacts)).toEqual(listed);
});

test('a prefix is any start of an id', async () => {
  const { store } = await filled(['build/1', 'build/12', 'build/2', 'builder', 'Build/1', 'other']);

  const listed = async (prefix: string) => [
    idsOf(await collect(store.list({ prefix }))),
    idsOf((await store.page({ prefix })).artifacts),
  ];

  expect(await listed('build/1')).toEqual([
    ['build/1', 'build/12'],
    ['build/1', 'build/12'],
  ]);
  expect(await listed('build')).toEqual([
    ['build/1', 'build/12', 'build/2', 'builder'],
    ['build/1', 'build/12', 'build/2', 'builder'],
  ]);
  expect(await listed('B')).toEqual([['Build/1'], ['Build/1']]);
  expect(await listed('nothing')).toEqual([[], []]);
});

test('deleted artifacts are in no listing', async () => {
  const { store } = await filled(['a', 'b', 'c']);
  await store.delete('b');

  expect(idsOf(await collect(store.list({ includeExpired: true })))).toEqual(['a', 'c']);
  expect((await store.page({ limit: 2 })).artifacts.length).toBe(2);
});

/** One of everything that an attacker can put among the records. */
async function tampered() {
  const opened = await filled(['a', 'b', 'c', 'd', 'e', 'f']);
  const { backend } = opened;
  await flip(backend, 'records/b', 1000);
  await backend.write('records/c', await objectAt(backend, 'records/a'));
  await backend.write('records/d', Buffer.from('garbage'));
  await backend.write('records/=ff', await objectAt(backend, 'records/a'));
  await backend.write('records/e/x', new Uint8Array(0));
  return opened;
}

const invalidCodes = [
  ['=ff', 'INTEGRITY'],
  ['b', 'SIGNATURE_INVALID'],
  ['c', 'INTEGRITY'],
  ['d', 'INTEGRITY'],
  ['e/x', 'INTEGRITY'],
];

test('I-2 what does not verify hides nothing: good records first, then one error with all of them', async () => {
  const { store } = await tampered();
  const seen: string[] = [];

  const error = await refusal(
    (async () => {
      for await (const { id } of store.list()) seen.push(id);
    })(),
  );

  expect(seen).toEqual(['a', 'e', 'f']);
  expect(error).toMatchObject({ code: 'INTEGRITY', found: 5 });
  expect(error.invalid?.map((entry) => [entry.id, entry.error.code])).toEqual(invalidCodes);
});

test('I-2 with onInvalid the listing ends well', async () => {
  const { store } = await tampered();
  const invalid: InvalidEntry[] = [];

  const listed = await collect(store.list({ onInvalid: (entry) => void invalid.push(entry) }));

  expect(idsOf(listed)).toEqual(['a', 'e', 'f']);
  expect(invalid.map((entry) => [entry.id, entry.error.code])).toEqual(invalidCodes);
});

test.each([1, 2, 3, 4, 100])(
  'I-2 pages of %i report what does not verify and reach every good record',
  async (limit) => {
    const { store } = await tampered();
    const good: string[] = [];
    const invalid: unknown[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await store.page({ limit, cursor });
      good.push(...idsOf(page.artifacts));
      invalid.push(...page.invalid.map((entry) => [entry.id, entry.error.code]));
      expect(page.artifacts.length + page.invalid.length).toBeLessThanOrEqual(limit);
      cursor = page.cursor;
      pages += 1;
    } while (cursor !== undefined);

    expect(good).toEqual(['a', 'e', 'f']);
    expect(invalid).toEqual(invalidCodes);
    expect(pages).toBe(Math.ceil(8 / limit));
  },
);

test('I-2 the error of a listing stays small, however much does not verify', async () => {
  const { store, backend } = open();
  for (let n = 0; n < 250; n += 1) await backend.write(`records/x${n}`, Buffer.from('garbage'));

  const error = await refusal(collect(store.list()));

  expect([error.invalid?.length, error.found]).toEqual([100, 250]);
});

test('a storage that fails ends a listing with its error, not with an invalid record', async () => {
  const { store, backend: inner } = await filled(['a', 'b', 'c']);
  const backend = wrapBackend(inner, {
    read: (key, options) => (key === 'records/b' ? Promise.reject(new Error('EIO')) : inner.read(key, options)),
  });
  void store;
  const seen: string[] = [];

  const error = await refusal(
    (async () => {
      for await (const { id } of open({ backend }).store.list()) seen.push(id);
    })(),
  );

  expect([error.code, error.operation, seen]).toEqual(['BACKEND', 'list', ['a']]);
  expect(await refusal(open({ backend }).store.page())).toMatchObject({ code: 'BACKEND', operation: 'page' });
});

test('a listing reads at most sixteen records ahead and stops when it is left', async () => {
  const { backend: inner } = await filled(Array.from({ length: 40 }, (_, n) => `a${n}`));
  const { backend, calls } = watched(inner);

  for await (const _ of open({ backend }).store.list()) break;

  expect(calls.filter(({ call }) => call === 'read').length).toBe(16);
});

test('a listing begins with its first step, and its arguments are checked before', () => {
  const { backend, calls } = watched(memoryBackend());
  const { store } = open({ backend });

  store.list();

  expect(calls).toEqual([]);
  expect(refusalOf(() => store.list({ prefix: '../' }))).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'prefix' });
  expect(refusalOf(() => store.list({ onInvalid: 7 as never }))).toMatchObject({ field: 'onInvalid' });
});

test('I-25 a listing that is left early tells the record reads it leaves behind', async () => {
  for (const count of [3, 40]) {
    const { backend: inner } = await filled(Array.from({ length: count }, (_, n) => `a${n}`));
    const signals: (AbortSignal | undefined)[] = [];
    const backend = wrapBackend(inner, {
      read: (key, options) => {
        if (key === 'records/a0') return inner.read(key, options);
        signals.push(options?.signal);
        return stalled();
      },
    });

    for await (const { id } of open({ backend }).store.list()) {
      expect(id).toBe('a0');
      expect(signals.map((signal) => signal?.aborted)).toEqual(
        Array.from({ length: Math.min(count, 16) - 1 }, () => false),
      );
      break;
    }

    expect(signals.map((signal) => signal?.aborted)).toEqual(
      Array.from({ length: Math.min(count, 16) - 1 }, () => true),
    );
  }
});
