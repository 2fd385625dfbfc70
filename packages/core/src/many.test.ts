import { getEventListeners } from 'node:events';

import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { isRecordKey, watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { collect, content, dump, open, refusal, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const reason = new Error('the caller went home');
const ids = Array.from({ length: 20 }, (_, n) => `a/${String(n).padStart(2, '0')}`);
const items = ids.map((id) => ({ id, source: id }));

/** A backend whose record writes wait until each is let go. */
async function gated() {
  const { store, backend: inner } = open();
  await store.ready();
  const waiting: { readonly id: string; readonly go: () => void }[] = [];
  let most = 0;
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      if (!isRecordKey(key)) return inner.write(key, body, options);
      const id = key.slice('records/'.length);
      await new Promise<void>((resolve, reject) => {
        waiting.push({ id, go: resolve });
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error), { once: true });
      });
      return inner.write(key, body, options);
    },
  });
  const turn = async (): Promise<void> => {
    for (let n = 0; n < 5; n += 1) await new Promise(setImmediate);
    most = Math.max(most, waiting.length);
  };
  return { backend, waiting, turn, most: () => most };
}

test('results come in the order of the items, whichever ended first', async () => {
  const { backend, waiting, turn } = await gated();
  const uploading = open({ backend }).store.uploadMany(items.slice(0, 5));
  await turn();
  expect(waiting.map(({ id }) => id)).toEqual(ids.slice(0, 5));

  for (const { go } of waiting.toReversed()) {
    go();
    await turn();
  }

  const results = await uploading;
  expect(results.map(({ id, success }) => [id, success])).toEqual(ids.slice(0, 5).map((id) => [id, true]));
  expect(results.map((result) => result.success && [result.metadata.id, result.metadata.sizeBytes])).toEqual(
    ids.slice(0, 5).map((id) => [id, 4]),
  );
  expect(results.map(({ durationMs }) => durationMs)).toEqual([0, 0, 0, 0, 0]);
});

test.each([
  [undefined, 8],
  [1, 1],
  [3, 3],
  [256, 20],
])('with concurrency %j exactly %i of 20 items are under way at once', async (concurrency, expected) => {
  const { backend, waiting, turn, most } = await gated();
  const uploading = open({ backend }).store.uploadMany(items, { concurrency });
  let done = 0;
  while (done < ids.length) {
    await turn();
    const [next] = waiting.splice(0, 1);
    expect(waiting.length + 1).toBe(Math.min(expected, ids.length - done));
    next?.go();
    done += 1;
  }

  expect((await uploading).length).toBe(20);
  expect(most()).toBe(expected);
});

test('no item is asked for before there is room for it', async () => {
  const { backend, waiting, turn } = await gated();
  let asked = 0;
  const source = async function* () {
    for (const item of items) {
      asked += 1;
      yield item;
    }
  };
  const uploading = open({ backend }).store.uploadMany(source(), { concurrency: 2 });

  await turn();
  expect(asked).toBe(2);
  waiting.shift()?.go();
  await turn();
  expect(asked).toBe(3);
  for (; asked < 20 || waiting.length > 0; await turn()) waiting.shift()?.go();
  expect((await uploading).every(({ success }) => success)).toBe(true);
});

test('one failure stops nothing, and is told in its place', async () => {
  const { store } = open();
  await store.upload('b', 'before');

  const results = await store.uploadMany([
    { id: 'a', source: 'x' },
    { id: '../', source: 'x' },
    { id: 'b', source: 'x', ifGeneration: 0 },
    { id: 'c', source: [7] as never },
    { id: 'd', source: content(100_000), metadata: { n: 1 }, name: 'named' },
  ]);

  expect(results.map((result) => (result.success ? result.metadata.id : [result.id, result.error.code]))).toEqual([
    'a',
    ['../', 'INVALID_ARGUMENT'],
    ['b', 'ALREADY_EXISTS'],
    ['c', 'INVALID_ARGUMENT'],
    'd',
  ]);
  const [, , taken] = results;
  expect(taken).toEqual({
    id: 'b',
    success: false,
    error: (taken as { error: unknown }).error,
    errorMessage: 'artifact "b" already exists',
    durationMs: 0,
  });
  expect((await store.page()).artifacts.map(({ id }) => id)).toEqual(['a', 'b', 'd']);
  expect(await store.getMetadata('d')).toMatchObject({ name: 'named', metadata: { n: 1 }, sizeBytes: 100_000 });
});

test('items come from anything that can be iterated', async () => {
  const { store } = open();
  const generated = function* () {
    yield* items.slice(0, 3);
  };
  const streamed = async function* () {
    yield* items.slice(3, 6);
  };

  const results = [
    ...(await store.uploadMany(generated())),
    ...(await store.uploadMany(streamed())),
    ...(await store.uploadMany(new Set(items.slice(6, 9)))),
    ...(await store.uploadMany([])),
  ];

  expect(results.map(({ id, success }) => [id, success])).toEqual(ids.slice(0, 9).map((id) => [id, true]));
});

test('deleteMany takes ids and items, and tells of each whether there was an artifact', async () => {
  const { store } = open();
  await store.uploadMany(items.slice(0, 4));
  await store.update(ids[3] ?? '', { hold: true });

  const results = await store.deleteMany([
    ids[0] ?? '',
    { id: ids[1] ?? '', ifGeneration: 2 },
    { id: ids[2] ?? '', ifGeneration: 1 },
    ids[3] ?? '',
    'never',
    '',
  ]);

  expect(
    results.map((result) => (result.success ? [result.id, result.deleted] : [result.id, result.error.code])),
  ).toEqual([
    ['a/00', true],
    ['a/01', 'PRECONDITION_FAILED'],
    ['a/02', true],
    ['a/03', 'RETAINED'],
    ['never', false],
    ['', 'INVALID_ARGUMENT'],
  ]);
  const streamed = async function* () {
    yield* ids;
  };
  expect(
    (await store.deleteMany(streamed())).filter((result) => result.success && result.deleted).map(({ id }) => id),
  ).toEqual(['a/01']);
});

test.each([0, -1, 257, 1.5, Number.NaN, '8', null])(
  'concurrency %j is refused before anything is asked for',
  async (bad) => {
    const { backend, calls } = watched(memoryBackend());
    const { store } = open({ backend });
    let asked = 0;
    const source = function* () {
      asked += 1;
      yield { id: 'a', source: 'x' };
    };

    for (const call of [
      () => store.uploadMany(source(), { concurrency: bad as number }),
      () => store.deleteMany(['a'], { concurrency: bad as number }),
    ])
      expect(await refusal(call())).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'concurrency' });
    expect([asked, calls]).toEqual([0, []]);
  },
);

test.each([undefined, null, 7, 'abc', {}])(
  'items that are %j are refused, and nothing is left on the signal',
  async (bad) => {
    const { backend, calls } = watched(memoryBackend());
    const { store } = open({ backend });
    const { signal } = new AbortController();

    for (const call of [
      () => store.uploadMany(bad as never, { signal }),
      () => store.deleteMany(bad as never, { signal }),
    ])
      expect(await refusal(call())).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'items' });
    expect(calls).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  },
);

test('a closed store asks for no item', async () => {
  const { store } = open();
  await store.close();
  let asked = 0;
  const source = function* () {
    asked += 1;
    yield { id: 'a', source: 'x' };
  };

  for (const call of [() => store.uploadMany(source()), () => store.deleteMany(source())])
    expect(await refusal(call())).toMatchObject({ code: 'CONFIGURATION', message: 'the store is closed' });
  expect(asked).toBe(0);
});

/** Items that never come after the first, and how often they were told that nobody wants them any more. */
function stalling<Item>(first: Item) {
  let left = 0;
  const iterable: AsyncIterable<Item> = {
    [Symbol.asyncIterator]() {
      let given = 0;
      return {
        next: () => ((given += 1) === 1 ? Promise.resolve({ done: false, value: first }) : stalled()),
        return: async () => {
          left += 1;
          return { done: true, value: undefined };
        },
      };
    },
  };
  return { iterable, left: () => left };
}

test('I-25 an abort while items stall settles within a second, tells them so and leaves no listener', async () => {
  const { store } = open();
  const uploads = stalling({ id: 'a', source: 'x' });
  const deletes = stalling('a');
  const calls: readonly (readonly [(signal: AbortSignal) => Promise<unknown>, () => number])[] = [
    [(signal) => store.uploadMany(uploads.iterable, { signal }), uploads.left],
    [(signal) => store.deleteMany(deletes.iterable, { signal }), deletes.left],
  ];
  for (const [call, left] of calls) {
    const controller = new AbortController();
    const settled = call(controller.signal).catch((error: unknown) => error);
    for (let n = 0; n < 20; n += 1) await new Promise(setImmediate);
    const startedAt = performance.now();
    controller.abort(reason);

    expect(await settled).toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(left()).toBe(1);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  }
  expect(await store.getMetadata('a')).toBeUndefined();
});

test('I-25 an abort reaches what is under way, with the reason of the caller, whatever that is', async () => {
  for (const why of [reason, new ArtifactError('NOT_FOUND', 'enough'), 'a text']) {
    const ends: string[] = [];
    const { backend, waiting, turn } = await gated();
    const { store } = open({ backend, observers: [{ end: ({ id, outcome }) => void ends.push(`${id} ${outcome}`) }] });
    const controller = new AbortController();
    const settled = store
      .uploadMany(items, { concurrency: 3, signal: controller.signal })
      .catch((error: unknown) => error);
    await turn();
    waiting[1]?.go();
    await turn();

    controller.abort(why);

    expect(await settled).toBe(why);
    expect(ends.toSorted()).toEqual(['a/00 aborted', 'a/01 ok', 'a/02 aborted', 'a/03 aborted']);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  }
});

test('I-25 an abort while the last items are under way rejects with the reason', async () => {
  const { backend, waiting, turn } = await gated();
  const controller = new AbortController();
  const settled = open({ backend })
    .store.uploadMany(items.slice(0, 3), { signal: controller.signal })
    .catch((error: unknown) => error);
  await turn();
  for (const { go } of waiting.slice(1)) go();
  await turn();

  controller.abort(reason);

  expect(await settled).toBe(reason);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('an abort before the first item asks for none', async () => {
  const { store, backend } = open();
  let asked = 0;
  const source = function* () {
    asked += 1;
    yield { id: 'a', source: 'x' };
  };

  await expect(store.uploadMany(source(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

  expect(asked).toBe(0);
  expect(await dump(backend)).toEqual(new Map());
});

test('what iterating throws is thrown as it is, after what was under way has ended', async () => {
  for (const thrown of [new Error('no more'), new ArtifactError('NOT_FOUND', 'no more')]) {
    const ends: string[] = [];
    const { backend, turn } = await gated();
    const { store } = open({ backend, observers: [{ end: ({ id, outcome }) => void ends.push(`${id} ${outcome}`) }] });
    const source = function* () {
      yield* items.slice(0, 2);
      throw thrown;
    };

    const error: unknown = await store.uploadMany(source()).catch((caught: unknown) => caught);

    expect(error).toBe(thrown);
    expect(ends.toSorted()).toEqual(['a/00 aborted', 'a/01 aborted']);
    await turn();
  }
});

test('an item that is none fails alone, and has no id', async () => {
  const { store } = open();

  const stored = await store.uploadMany([null, { source: 'x' }, { id: 'a', source: 'x' }] as never);
  const deleted = await store.deleteMany([undefined, 'a'] as never);

  expect(stored.map(({ id, ...rest }) => [id, rest.success || [rest.error.code, rest.error.field]])).toEqual([
    ['', ['INVALID_ARGUMENT', 'items']],
    ['', ['INVALID_ARGUMENT', 'items']],
    ['a', true],
  ]);
  expect(deleted.map(({ id, success }) => [id, success])).toEqual([
    ['', false],
    ['a', true],
  ]);
});

test('a limit of time that is none is refused before any item is taken', async () => {
  const taken: number[] = [];
  const counted = function* () {
    taken.push(1);
    yield 'a';
  };

  const error = await refusal(open().store.deleteMany(counted(), { timeoutMs: 0 }));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'timeoutMs' });
  expect(taken).toEqual([]);
});

test('the limit of time is that of each item', async () => {
  const inner = memoryBackend();
  const backend = wrapBackend(inner, {
    read: (key, options) => (key === 'records/a' ? stalled() : inner.read(key, options)),
  });

  const results = await open({ backend }).store.deleteMany(['a', 'b'], { timeoutMs: 20 });

  expect(results.map((result) => (result.success ? result.deleted : result.error.code))).toEqual(['TIMEOUT', false]);
});

test('the context of all items is that of each', async () => {
  const contexts: unknown[] = [];
  const { store } = open({ observers: [{ start: ({ context }) => void contexts.push(context) }] });

  await store.uploadMany(items.slice(0, 2), { context: 'batch 7' });
  await store.deleteMany(ids.slice(0, 1), { context: 'batch 8' });

  expect(contexts).toEqual(['batch 7', 'batch 7', 'batch 8']);
});

test('many quick items beside one slow one are done while it goes on', async () => {
  const { backend, waiting, turn } = await gated();
  const uploading = open({ backend }).store.uploadMany(items, { concurrency: 2 });
  await turn();
  const slow = waiting.shift();
  for (let n = 1; n < 20; n += 1) {
    waiting.shift()?.go();
    await turn();
  }
  expect(await collect(open({ backend }).store.list())).toHaveLength(19);
  slow?.go();

  expect((await uploading).map(({ success }) => success)).toEqual(ids.map(() => true));
});
