import { Readable } from 'node:stream';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import type { ArtifactSource, ReopenableSource } from './source.ts';
import { content, inlineLimit, keysOf, mebibyte, open, propertyRuns, refusal, sha256 } from './store.test-helper.ts';

const large = content(2 * mebibyte + 17);

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* later(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes, size);
}

const forms: readonly (readonly [form: string, source: (bytes: Uint8Array<ArrayBuffer>) => ArtifactSource])[] = [
  ['a Uint8Array', (bytes) => bytes],
  ['a Buffer', (bytes) => Buffer.from(bytes)],
  ['an ArrayBuffer', (bytes) => bytes.buffer],
  ['a DataView', (bytes) => new DataView(bytes.buffer) as never],
  ['a Uint8Array over shared memory', (bytes) => sharedCopy(bytes)],
  ['a Blob', (bytes) => new Blob([bytes])],
  ['a web stream', (bytes) => new Blob([bytes]).stream()],
  [
    'a web stream of bytes',
    (bytes) =>
      new ReadableStream({
        type: 'bytes',
        start(controller) {
          if (bytes.length > 0) controller.enqueue(bytes.slice());
          controller.close();
        },
      }),
  ],
  ['a Node stream', (bytes) => Readable.from(pieces(bytes, 70_000), { objectMode: false })],
  ['a Node stream of objects', (bytes) => Readable.from(pieces(bytes, 70_000))],
  ['an iterable', (bytes) => [...pieces(bytes, 50_000)]],
  ['a generator', (bytes) => pieces(bytes, 50_000)],
  ['an async generator', (bytes) => later(bytes, 300_000)],
  ['an iterable of ArrayBuffers', (bytes) => [...pieces(bytes, 50_000)].map((piece) => new Uint8Array(piece).buffer)],
  ['an iterable of shared memory', (bytes) => [...pieces(bytes, mebibyte)].map(sharedCopy)],
  [
    'an iterable with empty chunks between',
    (bytes) => [...pieces(bytes, 90_000)].flatMap((piece) => [new Uint8Array(0), piece]),
  ],
  ['a function that gives an iterable', (bytes) => () => pieces(bytes, 50_000)],
  ['a function that gives a stream', (bytes) => () => new Blob([bytes]).stream()],
  ['an async function', (bytes) => async () => later(bytes, 50_000)],
  ['something to open of known size', (bytes) => ({ size: bytes.length, open: () => pieces(bytes, 50_000) })],
  ['something to open of unknown size', (bytes) => ({ open: async () => later(bytes, 50_000) })],
  ['something to open with private state', (bytes) => new Reopenable(bytes)],
  ['a source that uses one array again and again', (bytes) => reusing(bytes, new Uint8Array(60_000))],
  ['a source that uses one Buffer again and again', (bytes) => reusing(bytes, Buffer.alloc(60_000))],
  ['a source that uses one large Buffer again and again', (bytes) => reusing(bytes, Buffer.alloc(mebibyte))],
  [
    'an iterator without return',
    (bytes) => ({
      [Symbol.iterator]: () => {
        const inner = pieces(bytes, 50_000);
        return { next: () => inner.next() };
      },
    }),
  ],
];

class Reopenable implements ReopenableSource {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  opened = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  open(): Iterable<Uint8Array> {
    this.opened += 1;
    return [this.#bytes];
  }
}

function sharedCopy(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

function reusing(bytes: Uint8Array, buffer: Uint8Array): ArtifactSource {
  return (function* () {
    for (const piece of pieces(bytes, buffer.length)) {
      buffer.fill(0xff);
      buffer.set(piece);
      yield buffer.subarray(0, piece.length);
    }
  })();
}

test.each(forms)('%s is stored byte for byte, be it empty, small or large', async (_form, source) => {
  const { store } = open();

  for (const size of [0, 5, 70_001, large.length]) {
    const bytes = large.slice(0, size);
    const stored = await store.upload(`a/${size}`, source(bytes));
    expect([stored.sizeBytes, stored.checksumSha256]).toEqual([size, sha256(bytes)]);
    expect(sha256(await (await store.download(`a/${size}`)).bytes())).toBe(sha256(bytes));
  }
});

test('text is stored as UTF-8', async () => {
  const { store } = open();

  await store.upload('a', 'gr\u00fc\u00df \u{1f600}');

  expect(await (await store.download('a')).bytes()).toEqual(new TextEncoder().encode('gr\u00fc\u00df \u{1f600}'));
});

test('something to open is opened again after a passing failure, and what it gives must have its size', async () => {
  const { backend: inner } = open();
  let failures = 2;
  const { backend } = watched(inner, undefined, (_n, call, key) => {
    if (call !== 'write' || !key.startsWith('content/') || failures === 0) return;
    failures -= 1;
    throw new ArtifactError('UNAVAILABLE', 'away');
  });
  const { store } = open({ backend });
  const source = new Reopenable(large);

  await store.upload('a', source);

  expect(source.opened).toBe(3);
  expect(sha256(await (await store.download('a')).bytes())).toBe(sha256(large));
  for (const size of [4, 6]) {
    const error = await refusal(store.upload('b', { size, open: () => [content(5)] }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'size', expected: size, found: 5 });
  }
  expect(await refusal(open({ maxSizeBytes: 4 }).store.upload('b', { size: 5, open: () => [] }))).toMatchObject({
    code: 'TOO_LARGE',
  });
});

const unopenable: readonly (readonly [what: string, source: unknown, field: string, problem: string])[] = [
  ['nothing', undefined, 'source', 'the source is undefined: give bytes'],
  ['null', null, 'source', 'the source is null: give bytes'],
  ['a number', 5, 'source', 'the source is a number: give bytes'],
  ['an object with nothing to open', { size: 5 }, 'source', 'the source is Object: give bytes'],
  ['an object that throws when it is looked at', throwing(), 'source', 'the source cannot be looked at'],
  ['something to open of a negative size', { size: -1, open: () => [] }, 'source.size', 'source.size is -1'],
  ['something to open of a size in words', { size: '5', open: () => [] }, 'source.size', 'is not a whole number'],
];

function throwing(): object {
  return {
    get open(): never {
      throw new Error('no');
    },
  };
}

test.each(unopenable)('I-26 %s is refused before anything is stored', async (_what, source, field, problem) => {
  const { store, backend } = open();

  const error = await refusal(store.upload('a', source as never));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  expect(error.message).toContain(problem);
  expect(await keysOf(backend)).toEqual([]);
});

test('what was given is not changed, and later changes do not reach what was stored', async () => {
  const { store } = open();
  const bytes = content(100);

  await store.upload('a', bytes);
  const before = sha256(bytes);
  bytes.fill(0);

  expect(before).toBe(sha256(content(100)));
  expect(sha256(await (await store.download('a')).bytes())).toBe(before);
});

test('I-1 whatever content in whatever chunks comes back as it was, whole and in any range', async () => {
  const { store } = open({ inlineBytes: 100 });
  let n = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }),
      fc.nat(400),
      fc.nat(400),
      async (chunks, first, second) => {
        const whole = Buffer.concat(chunks);
        n += 1;
        await store.upload(`a/${n}`, chunks);
        const download = await store.download(`a/${n}`);
        expect(Buffer.from(await download.bytes())).toEqual(whole);
        const [start, end] = [Math.min(first, second, Math.max(0, whole.length - 1)), Math.max(first, second)];
        expect(Buffer.from(await download.slice({ start, end }).bytes())).toEqual(whole.subarray(start, end));
        expect(Buffer.from(await download.slice({ last: first }).bytes())).toEqual(
          whole.subarray(Math.max(0, whole.length - first)),
        );
      },
    ),
    propertyRuns,
  );
}, 60_000);

test.each([inlineLimit - 1, inlineLimit, inlineLimit + 1, mebibyte - 1, mebibyte, mebibyte + 1, 2 * mebibyte])(
  '%i bytes come back as they were, at once and in single ranges around every boundary',
  async (size) => {
    const { store } = open();
    const bytes = content(size);
    await store.upload('a', bytes);

    const download = await store.download('a');

    expect(sha256(await download.bytes())).toBe(sha256(bytes));
    for (const edge of [0, inlineLimit, mebibyte, size]) {
      const [start, end] = [Math.max(0, Math.min(edge, size) - 2), Math.min(size, edge + 2)];
      expect([...(await download.slice({ start, end }).bytes())]).toEqual([...bytes.subarray(start, end)]);
    }
  },
);
