import { Readable } from 'node:stream';

import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import type { ArtifactSource } from './source.ts';
import { memoryBackend } from './memory.ts';
import { artifactKeys, collect, content, state, mebibyte, open, refusal, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** A source that tells how much was taken of it and whether it was closed. */
class Tap implements AsyncIterable<Uint8Array> {
  taken = 0;
  closed = 0;
  readonly #chunk: (n: number) => Uint8Array | Promise<Uint8Array> | undefined;

  constructor(chunk: (n: number) => Uint8Array | Promise<Uint8Array> | undefined) {
    this.#chunk = chunk;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        const value = await this.#chunk(this.taken);
        if (value === undefined) return { done: true, value: undefined };
        this.taken += 1;
        return { done: false, value };
      },
      return: async () => {
        this.closed += 1;
        return { done: true, value: undefined };
      },
    };
  }
}

function fails(): never {
  throw new Error('the disk went away');
}

test.each([
  ['small', 100],
  ['large', 30_000],
])('I-7 a %s source that fails at 99 %% leaves nothing but the previous version', async (_size, chunkSize) => {
  const { store, backend } = open();
  await store.upload('a', 'before');
  const before = await state(backend);
  const tap = new Tap((n) => (n < 99 ? content(chunkSize, n) : fails()));

  const error = await refusal(store.upload('a', tap));

  expect(error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'source',
    artifactId: 'a',
    cause: { message: 'the disk went away' },
  });
  expect(error.message).toContain(`failed after ${99 * chunkSize} bytes`);
  expect(await state(backend)).toEqual(before);
});

test('I-19 a source that never ends is refused with no more than one chunk too many read, and closed', async () => {
  const { store, backend } = open({ maxSizeBytes: 100_000 });
  const tap = new Tap(() => content(1000));

  const error = await refusal(store.upload('a', tap));

  expect(error).toMatchObject({ code: 'TOO_LARGE', expected: 100_000 });
  expect(error.message).toBe('artifact "a" exceeds limit of 100000 bytes');
  expect([tap.taken, tap.closed]).toEqual([101, 1]);
  expect(await artifactKeys(backend)).toEqual([]);
});

test('I-19 exactly the limit is taken, and one byte more is not', async () => {
  const { store } = open({ maxSizeBytes: 100_000 });

  expect((await store.upload('a', [content(99_999), content(1)])).sizeBytes).toBe(100_000);
  expect(await refusal(store.upload('b', [content(99_999), content(2)]))).toMatchObject({ code: 'TOO_LARGE' });
});

test('I-19 what says that it is too large is not read at all', async () => {
  const { store, backend } = open({ maxSizeBytes: 10 });
  const tap = new Tap(() => content(1));

  for (const source of [content(11), 'hello world', new Blob([content(11)])])
    expect(await refusal(store.upload('a', source))).toMatchObject({ code: 'TOO_LARGE' });
  expect(await refusal(store.upload('a', tap, { size: 11 }))).toMatchObject({ code: 'TOO_LARGE' });
  expect(tap.taken).toBe(0);
  expect(await state(backend)).toEqual(new Map());
});

test.each([
  ['shorter', 5, 6],
  ['longer', 7, 6],
  ['empty', 0, 1],
  ['longer than nothing', 1, 0],
  ['shorter and large', 200_000, 200_001],
  ['longer and large', 200_001, 200_000],
])('a source that is %s than it says is refused, nothing is stored', async (_what, size, declared) => {
  const { store, backend } = open();

  const error = await refusal(store.upload('a', [content(size)], { size: declared }));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'size', expected: declared });
  expect(await artifactKeys(backend)).toEqual([]);
});

test('a declared size stops a source that never ends', async () => {
  const { store } = open();
  const tap = new Tap(() => content(1000));

  expect(await refusal(store.upload('a', tap, { size: 5000 }))).toMatchObject({ field: 'size' });
  expect([tap.taken, tap.closed]).toEqual([6, 1]);
});

test.each(['small', 'large'])(
  'I-25 a %s source that stalls ends with TIMEOUT at the idle timeout, and is closed',
  async (size) => {
    const { store, backend } = open({ idleTimeoutMs: 20 });
    const tap = new Tap((n) => (n < (size === 'large' ? 100 : 1) ? content(1000) : stalled()));

    const error = await refusal(store.upload('a', tap));

    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(error.message).toContain('the source made no progress for 20 ms');
    expect(tap.closed).toBe(1);
    expect(await artifactKeys(backend)).toEqual([]);
  },
);

test('I-25 a source that takes for ever to open ends with TIMEOUT', async () => {
  const { store } = open({ idleTimeoutMs: 20 });

  expect(await refusal(store.upload('a', () => stalled()))).toMatchObject({ code: 'TIMEOUT' });
});

test('I-25 a source that opens after everybody has left is closed', async () => {
  const { store } = open({ idleTimeoutMs: 20 });
  const opening = withResolvers<Readable>();
  expect(await refusal(store.upload('a', () => opening.promise))).toMatchObject({ code: 'TIMEOUT' });
  const late = new Readable({ read: () => undefined });

  opening.resolve(late);
  await new Promise(setImmediate);

  expect(late.destroyed).toBe(true);
});

test('I-25 a download that stalls as a source is given up with the upload', async () => {
  const { store, backend: inner } = open();
  await store.upload('a', content(100_000));
  let signal: AbortSignal | undefined;
  const backend = wrapBackend(inner, {
    async read(key, options) {
      if (!key.startsWith('content/')) return inner.read(key, options);
      signal = options?.signal;
      return stalled();
    },
  });
  const download = await open({ backend }).store.download('a');

  expect(await refusal(open({ idleTimeoutMs: 20 }).store.upload('b', download))).toMatchObject({ code: 'TIMEOUT' });
  await new Promise(setImmediate);

  expect(signal?.aborted).toBe(true);
});

test('I-25 a source that gives empty chunks for ever is refused', async () => {
  const { store } = open();
  const tap = new Tap(() => new Uint8Array(0));

  const error = await refusal(store.upload('a', tap));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source' });
  expect(error.message).toContain('1024 empty chunks in a row');
  expect(tap.closed).toBe(1);
});

test.each([
  ['strings', ['text'], 'a string'],
  ['numbers', [1], 'a number'],
  ['null', [null], 'null'],
  ['objects', [{}], 'Object'],
  ['arrays of bytes', [[1, 2]], 'Array'],
  ['a string after many bytes', [content(200_000), 'text'], 'a string'],
])('a source that gives %s is refused as one', async (_what, chunks, named) => {
  const { store, backend } = open();

  const error = await refusal(store.upload('a', chunks as unknown as Uint8Array[]));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source' });
  expect(error.message).toContain(`not bytes but ${named}`);
  expect(await artifactKeys(backend)).toEqual([]);
});

test('a Node stream that decodes to text is refused as one', async () => {
  const readable = Readable.from([Buffer.from('text')], { objectMode: false }).setEncoding('utf8');

  expect(await refusal(open().store.upload('a', readable))).toMatchObject({ field: 'source' });
});

test('a locked web stream is refused as a source', async () => {
  const stream = new Blob(['x']).stream();
  stream.getReader();

  const error = await refusal(open().store.upload('a', stream));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source' });
  expect(error.message).toContain('cannot be opened');
});

test('a destroyed Node stream is refused as a source, with what destroyed it as the cause', async () => {
  const quiet = new Readable({ read: () => undefined });
  quiet.destroy();
  const loud = new Readable({ read: () => undefined });
  loud.on('error', () => undefined);
  loud.destroy(new Error('disk'));

  expect(await refusal(open().store.upload('a', quiet))).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source' });
  expect(await refusal(open().store.upload('a', loud))).toMatchObject({ field: 'source', cause: { message: 'disk' } });
});

test('a stream that was read before is refused as a source, not stored as nothing', async () => {
  const { store } = open();
  const streams = [Readable.from([Buffer.from('x')]), new Blob(['x']).stream()];
  for (const stream of streams) await store.upload('a', stream);

  for (const stream of streams)
    expect(await refusal(store.upload('b', stream))).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source' });
  expect((await store.upload('c', Readable.from([]))).sizeBytes).toBe(0);
});

const rude: readonly (readonly [what: string, source: () => ArtifactSource])[] = [
  [
    'whose iterator throws when it is closed',
    () => ({
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: content(10) }), return: fails }),
    }),
  ],
  [
    'whose iterator rejects when it is closed',
    () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: content(10) }),
        return: async () => fails(),
      }),
    }),
  ],
  [
    'whose destroy throws',
    () => ({ destroy: fails, [Symbol.iterator]: () => ({ next: () => ({ done: false, value: content(10) }) }) }),
  ],
  [
    'that is a web stream whose cancel rejects',
    () => new ReadableStream({ pull: (controller) => controller.enqueue(content(10)), cancel: fails }),
  ],
];

test.each(rude)('a source %s changes no outcome', async (_what, source) => {
  const { store, backend } = open({ maxSizeBytes: 1000 });

  expect(await refusal(store.upload('a', source()))).toMatchObject({ code: 'TOO_LARGE' });
  expect(await artifactKeys(backend)).toEqual([]);
});

const broken: readonly (readonly [what: string, source: ArtifactSource])[] = [
  ['whose function throws', fails],
  ['whose function rejects', async () => fails()],
  ['whose function gives nothing', (() => undefined) as never],
  ['whose function gives a string', (() => 'text') as never],
  ['whose iterator cannot be made', { [Symbol.asyncIterator]: fails }],
  ['whose iterator is none', { [Symbol.asyncIterator]: () => undefined } as never],
  ['whose next gives no result', { [Symbol.asyncIterator]: () => ({ next: async () => undefined }) } as never],
  ['that is a failed web stream', new ReadableStream({ pull: fails }, { highWaterMark: 0 })],
];

test.each(broken)('a source %s is refused as one', async (_what, source) => {
  expect(await refusal(open().store.upload('a', source))).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source' });
});

test('a source that can be opened again is sent again after a passing failure, under a new name', async () => {
  const { backend: inner } = open();
  const names: string[] = [];
  const { backend } = watched(inner, undefined, (_n, call, key) => {
    if (call !== 'write' || !key.startsWith('content/')) return;
    names.push(key);
    if (names.length < 3) throw new ArtifactError('UNAVAILABLE', 'away');
  });
  let opened = 0;
  const bytes = content(mebibyte);

  await open({ backend }).store.upload('a', () => {
    opened += 1;
    return [bytes];
  });

  expect([opened, new Set(names).size]).toEqual([3, 3]);
  expect((await artifactKeys(inner)).filter((key) => key.startsWith('content/'))).toEqual([names[2]]);
});

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const throwing = (property: string): object => Object.defineProperty({}, property, { get: fails, enumerable: true });

const hostile: readonly (readonly [what: string, result: () => unknown, problem: string])[] = [
  ['whose done throws', () => throwing('done'), 'failed after'],
  ['whose value throws', () => Object.defineProperty({ done: false }, 'value', { get: fails }), 'failed after'],
  [
    'with a chunk whose constructor throws',
    () => ({ done: false, value: throwing('constructor') }),
    'not bytes but an object',
  ],
  [
    'with a chunk whose constructor has bytes for a name',
    () => ({ done: false, value: { constructor: { name: content(5) } } }),
    'not bytes but an object',
  ],
];

test.each(hostile)('I-26 a result %s is refused as one of the source', async (_what, result, problem) => {
  for (const before of [10, 200_000]) {
    const { store, backend } = open();
    let count = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          count += 1;
          return count === 1 ? { done: false, value: content(before) } : result();
        },
      }),
    } as never;

    const error = await refusal(store.upload('a', source));

    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source', artifactId: 'a' });
    expect(error.message).toContain(problem);
    expect(await artifactKeys(backend)).toEqual([]);
  }
});

test('I-26 a source whose constructor throws is refused as one', async () => {
  for (const source of [throwing('constructor'), () => throwing('constructor')])
    expect(await refusal(open().store.upload('a', source as never))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      field: 'source',
    });
});

test('I-25 a stream that fails before anybody reads it ends its upload, and not the process', async () => {
  const inner = memoryBackend();
  const failing = (): Readable => {
    const stream = new Readable({ read: () => undefined });
    stream.destroy(new Error('no such file'));
    return stream;
  };
  // The first write asks the backend first; meanwhile the stream fails.
  const backend = wrapBackend(inner, {
    capabilities: async (options) => {
      await new Promise((resolve) => setImmediate(resolve));
      return inner.capabilities(options);
    },
  });
  const { store } = open({ backend });

  expect(await refusal(store.upload('a', failing()))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'source',
    cause: { message: 'no such file' },
  });
  expect(await refusal(store.upload('not\nan id', failing()))).toMatchObject({ field: 'id' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(await artifactKeys(inner)).toEqual([]);
});

test('what an upload refuses before it reads stays open', async () => {
  const stream = Readable.from([Buffer.from('content')]);

  expect(await refusal(open().store.upload('not\nan id', stream))).toMatchObject({ field: 'id' });

  expect(stream.destroyed).toBe(false);
  expect(Buffer.concat(await collect(stream)).toString()).toBe('content');
});
