import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import type { OperationEnd } from './events.ts';
import { watched } from './faults.test-helper.ts';
import { collect, content, mebibyte, open, refusal, refusalOf, sha256, stalled } from './store.test-helper.ts';
import type { ArtifactStoreOptions } from './store-options.ts';
import { wrapBackend } from './wrap-backend.ts';

const large = content(3 * mebibyte + 5);

test('a small artifact comes with its record in one request, a large one in two', async () => {
  const { store, backend: inner } = open();
  await store.upload('small', 'x');
  await store.upload('large', large);
  const { backend, calls } = watched(inner);
  const reader = open({ backend }).store;

  await (await reader.download('small')).bytes();
  const afterSmall = calls.length;
  await (await reader.download('large')).bytes();

  expect([afterSmall, calls.length]).toEqual([1, 3]);
});

test('a range reads no more chunks than it touches', async () => {
  const { store, backend: inner } = open();
  await store.upload('a', large);
  const ranges: unknown[] = [];
  const backend = wrapBackend(inner, {
    read: (key, options) => {
      if (key.startsWith('content/')) ranges.push([options?.range?.start, options?.range?.end]);
      return inner.read(key, options);
    },
  });

  const part = await (
    await open({ backend }).store.download('a', { range: { start: mebibyte + 1, end: mebibyte + 2 } })
  ).bytes();

  expect([...part]).toEqual([large[mebibyte + 1]]);
  expect(ranges).toEqual([[mebibyte, 2 * mebibyte]]);
});

test('an empty range reads no content', async () => {
  const { store, backend: inner } = open();
  await store.upload('a', large);
  const { backend, calls } = watched(inner);

  const bytes = await (await open({ backend }).store.download('a', { range: { last: 0 } })).bytes();

  expect([bytes.length, calls.length]).toEqual([0, 1]);
});

test('a handle can be read again and again, in every way, each time anew', async () => {
  const { store } = open();
  await store.upload('a', '{"n":1}');
  const download = await store.download('a');

  expect(await download.text()).toBe('{"n":1}');
  expect(await download.json()).toEqual({ n: 1 });
  expect(Buffer.from(await download.bytes()).toString()).toBe('{"n":1}');
  expect(Buffer.concat(await collect(download)).toString()).toBe('{"n":1}');
  expect(await new Response(download.stream()).text()).toBe('{"n":1}');
  expect(download.range).toEqual({ start: 0, end: 7, size: 7 });
  expect(download.metadata).toEqual(await store.getMetadata('a'));
});

test.each([20, 200_000])('what a reader does to its %i bytes does not reach the next reader', async (size) => {
  const { store } = open();
  await store.upload('a', content(size));
  const download = await store.download('a');

  for await (const chunk of download) chunk.fill(0);
  (await download.bytes()).fill(0);

  expect(sha256(await download.bytes())).toBe(sha256(content(size)));
  expect(sha256(await (await store.download('a')).bytes())).toBe(sha256(content(size)));
});

test('a slice is another range of the same version, counted from the start of the artifact', async () => {
  const { store } = open();
  await store.upload('a', 'abcdefghij');
  const download = await store.download('a', { range: { start: 5 } });
  await store.upload('a', 'ABCDEFGHIJ');

  expect(await download.text()).toBe('fghij');
  expect(await download.slice({ start: 1, end: 3 }).text()).toBe('bc');
  expect(await download.slice({ last: 2 }).slice({ start: 0, end: 1 }).text()).toBe('a');
  expect(refusalOf(() => download.slice({ start: 10 }))).toMatchObject({ code: 'INVALID_ARGUMENT', sizeBytes: 10 });
});

test('a range past the end is refused with the size, before any content is read', async () => {
  const { store } = open();
  await store.upload('a', 'abc');

  expect(await refusal(store.download('a', { range: { start: 3 } }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    sizeBytes: 3,
    artifactId: 'a',
  });
});

test("text that is no UTF-8 and JSON that is none are the caller's mistake", async () => {
  const { store } = open();
  await store.upload('a', Uint8Array.of(0x61, 0xff));
  await store.upload('b', 'not json');
  await store.upload('c', '\ufeffx');

  await expect((await store.download('a')).text()).rejects.toBeInstanceOf(TypeError);
  await expect((await store.download('b')).json()).rejects.toBeInstanceOf(SyntaxError);
  expect(await (await store.download('c')).text()).toBe('\ufeffx');
});

test('I-23 the refusal of content that is no JSON or no text shows nothing of it', async () => {
  const { store } = open();
  await store.upload('a', 'confidential text');
  await store.upload('b', Buffer.concat([Buffer.from('confidential'), Buffer.of(0xff)]));

  const [a, b] = [await store.download('a'), await store.download('b')];
  for (const read of [() => a.json(), () => b.text()]) {
    const error: unknown = await read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('confid');
  }
});

test('a web stream hands out chunk after chunk as they are taken', async () => {
  const { store } = open();
  await store.upload('a', large);

  const chunks = await collect((await store.download('a')).stream());

  expect(chunks.map(({ length }) => length)).toEqual([mebibyte, mebibyte, mebibyte, 5]);
  expect(sha256(Buffer.concat(chunks))).toBe(sha256(large));
});

/** A backend whose content bodies tell how far they were read and whether they were left. */
function leaking(inner: ReturnType<typeof open>['backend']) {
  const told = { opened: 0, closed: 0, aborted: 0 };
  const backend = wrapBackend(inner, {
    async read(key, options) {
      const result = await inner.read(key, options);
      if (result.status !== 'found' || !key.startsWith('content/')) return result;
      options?.signal?.addEventListener('abort', () => void (told.aborted += 1));
      const body = async function* () {
        told.opened += 1;
        try {
          for await (const bytes of result.body)
            for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
        } finally {
          told.closed += 1;
        }
      };
      return { ...result, body: body() };
    },
  });
  return { backend, told };
}

test('I-25 leaving early closes what the backend has open', async () => {
  const { store, backend: inner } = open();
  await store.upload('a', large);
  const { backend, told } = leaking(inner);
  const download = await open({ backend }).store.download('a');

  for await (const _ of download) break;
  await new Promise(setImmediate);

  expect([told.opened, told.closed]).toEqual([1, 1]);
});

test('I-25 cancelling a web stream closes what the backend has open', async () => {
  const { store, backend: inner } = open();
  await store.upload('a', large);
  const { backend, told } = leaking(inner);
  const reader = (await open({ backend }).store.download('a')).stream().getReader();
  await reader.read();

  await reader.cancel();
  await new Promise(setImmediate);

  expect([told.opened, told.closed]).toEqual([1, 1]);
});

test('I-25 cancelling a web stream whose backend stalls settles within a second and tells the backend', async () => {
  const { store, backend: inner } = open();
  await store.upload('a', large);
  let signal: AbortSignal | undefined;
  const backend = wrapBackend(inner, {
    read: (key, options) => {
      if (!key.startsWith('content/')) return inner.read(key, options);
      signal = options?.signal;
      return stalled();
    },
  });
  const reader = (await open({ backend }).store.download('a')).stream().getReader();
  const reading = reader.read().catch(() => undefined);
  await new Promise(setImmediate);
  const startedAt = performance.now();

  await reader.cancel();
  await reading;

  expect(performance.now() - startedAt).toBeLessThan(1000);
  expect(signal?.aborted).toBe(true);
});

test('I-25 a handle that is never read has nothing open', async () => {
  const { store, backend: inner } = open();
  await store.upload('a', large);
  const { backend, told } = leaking(inner);
  const opened = open({ backend }).store;
  const before = process.getActiveResourcesInfo().length;

  const handles = await Promise.all(Array.from({ length: 100 }, () => opened.download('a')));
  handles.forEach((handle) => handle.stream());

  expect(told.opened).toBe(0);
  expect(process.getActiveResourcesInfo().length).toBe(before);
});

test.each<[string, (ends: OperationEnd[]) => Partial<ArtifactStoreOptions>]>([
  ['an observer', (ends) => ({ observers: [{ end: (event) => void ends.push(event) }] })],
  ['a trail', (ends) => ({ audit: { begin: async () => undefined, end: async (event) => void ends.push(event) } })],
])('a handle that is dropped unread ends its operation for %s', async (_, heard) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const ends: OperationEnd[] = [];
  const { store } = open(heard(ends));
  await store.upload('a', 'x');

  await store.download('a');
  for (let turn = 0; turn < 100 && ends.length < 2; turn += 1) {
    collectGarbage();
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }

  expect(ends.map(({ operation, outcome }) => [operation, outcome])).toEqual([
    ['upload', 'ok'],
    ['download', 'ok'],
  ]);
});

test('what is not there is NOT_FOUND, and getMetadata gives undefined', async () => {
  const { store } = open();

  expect(await refusal(store.download('a'))).toMatchObject({
    code: 'NOT_FOUND',
    artifactId: 'a',
    message: 'artifact "a" was not found',
  });
  expect(await store.getMetadata('a')).toBeUndefined();
});

test('a chunk can be handed to a worker without breaking the rest of the read', async () => {
  const { store } = open();
  await store.upload('a', large);
  const received: Uint8Array[] = [];

  for await (const chunk of await store.download('a')) {
    expect(chunk.buffer.byteLength).toBe(chunk.length);
    received.push(structuredClone(chunk, { transfer: [chunk.buffer as ArrayBuffer] }));
    expect(chunk.length).toBe(0);
  }

  expect(received.map(({ length }) => length)).toEqual([mebibyte, mebibyte, mebibyte, 5]);
  expect(sha256(Buffer.concat(received))).toBe(sha256(large));
});

test.each([
  ['small', 20],
  ['large', large.length],
])('the bytes of a slice of a %s artifact hold no more memory than they are long', async (_size, size) => {
  const { store } = open();
  await store.upload('a', large.subarray(0, size));
  const download = await store.download('a');

  const bytes = await download.slice({ start: 3, end: 13 }).bytes();

  expect([bytes.length, bytes.buffer.byteLength]).toEqual([10, 10]);
  expect([...bytes]).toEqual([...large.subarray(3, 13)]);
});
