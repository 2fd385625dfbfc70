import { expect, test, vi } from 'vitest';

import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import type { OnProgress, Progress } from './progress.ts';
import type { ArtifactSource } from './source.ts';
import { collect, content, mebibyte, open, refusal } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** Everything that a progress was told, as [bytes, total]. */
function told() {
  const all: [number, number | undefined][] = [];
  const onProgress: OnProgress = ({ bytes, total }: Progress) => void all.push([bytes, total]);
  return { onProgress, take: () => all.splice(0) };
}

async function* parts(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield content(size);
}

const uploads: readonly (readonly [
  what: string,
  source: () => ArtifactSource,
  size: number | undefined,
  [number, number | undefined][],
])[] = [
  ['bytes', () => content(70), undefined, [[70, 70]]],
  ['text', () => 'é', undefined, [[2, 2]]],
  ['no bytes', () => '', undefined, []],
  [
    'parts of unknown length',
    () => parts(10, 20, 0, 5),
    undefined,
    [
      [10, undefined],
      [30, undefined],
      [35, undefined],
    ],
  ],
  [
    'parts of declared length',
    () => parts(10, 20, 5),
    35,
    [
      [10, 35],
      [30, 35],
      [35, 35],
    ],
  ],
  [
    'parts beyond the inline limit',
    () => parts(60_000, 60_000, mebibyte),
    undefined,
    [
      [60_000, undefined],
      [120_000, undefined],
      [120_000 + mebibyte, undefined],
    ],
  ],
];

test.each(uploads)('an upload of %s is told after each part', async (_what, source, size, expected) => {
  const { onProgress, take } = told();

  await open().store.upload('a', source(), { size, onProgress });

  expect(take()).toEqual(expected);
});

test('an upload that fails is told as far as it came, and never of what was refused', async () => {
  const { store } = open({ maxSizeBytes: 100 });
  const { onProgress, take } = told();

  await refusal(store.upload('a', parts(60, 60), { onProgress }));
  expect(take()).toEqual([[60, undefined]]);
  await refusal(store.upload('a', parts(60, 30), { size: 60, onProgress }));
  expect(take()).toEqual([[60, 60]]);
});

test('an upload that is sent again begins anew', async () => {
  const inner = memoryBackend();
  let failures = 1;
  const backend = wrapBackend(inner, {
    write: async (key, body, options) => {
      if (!key.startsWith('content/') || failures === 0) return inner.write(key, body, options);
      failures -= 1;
      await inner.write(key, body, options);
      throw new ArtifactError('UNAVAILABLE', 'slow down');
    },
  });
  const { onProgress, take } = told();

  await open({ backend }).store.upload('a', () => parts(80_000, 20_000), { onProgress });

  expect(take()).toEqual([
    [80_000, undefined],
    [100_000, undefined],
    [80_000, undefined],
    [100_000, undefined],
  ]);
});

test('a download is told of verified bytes, after each part of each read', async () => {
  const size = 2 * mebibyte + 5;
  const { store } = open();
  await store.upload('large', content(size));
  await store.upload('small', content(70));
  await store.upload('empty', '');
  const { onProgress, take } = told();

  const large = await store.download('large', { onProgress });
  expect(take()).toEqual([]);
  await large.bytes();
  const whole = [
    [mebibyte, size],
    [2 * mebibyte, size],
    [size, size],
  ];
  expect(take()).toEqual(whole);
  await collect(large.stream());
  expect(take()).toEqual(whole);
  await large.slice({ start: mebibyte - 1, end: mebibyte + 1 }).bytes();
  expect(take()).toEqual([
    [1, 2],
    [2, 2],
  ]);
  for await (const _ of large) break;
  expect(take()).toEqual(whole.slice(0, 1));
  await (await store.download('small', { range: { last: 7 }, onProgress })).bytes();
  expect(take()).toEqual([[7, 7]]);
  await (await store.download('small', { range: { start: 3, end: 3 }, onProgress })).bytes();
  await (await store.download('empty', { onProgress })).bytes();
  expect(take()).toEqual([]);
});

test('a connection that breaks tells no byte twice, and content that fails is not told', async () => {
  const size = 3 * mebibyte;
  const { store: filled, backend: inner } = open();
  await filled.upload('a', content(size));
  let breaks = 2;
  let wrong = false;
  const backend = wrapBackend(inner, {
    read: async (key, options) => {
      const result = await inner.read(key, options);
      if (result.status !== 'found' || !key.startsWith('content/')) return result;
      const body = async function* () {
        for await (const chunk of result.body) {
          yield wrong ? new Uint8Array(chunk.length) : chunk.subarray(0, mebibyte + 7);
          if (breaks > 0 && chunk.length > mebibyte) {
            breaks -= 1;
            throw new ArtifactError('UNAVAILABLE', 'connection reset');
          }
          yield chunk.subarray(mebibyte + 7);
        }
      };
      return { ...result, body: body() };
    },
  });
  const { store } = open({ backend });
  const { onProgress, take } = told();

  expect((await (await store.download('a', { onProgress })).bytes()).length).toBe(size);
  expect(take()).toEqual([
    [mebibyte, size],
    [2 * mebibyte, size],
    [size, size],
  ]);
  wrong = true;
  expect(await refusal((await store.download('a', { onProgress })).bytes())).toMatchObject({ code: 'INTEGRITY' });
  expect(take()).toEqual([]);
});

test('a copy is told like an upload of known length, and so is each of many', async () => {
  const { store } = open();
  await store.upload('a', content(mebibyte + 5));
  const { onProgress, take } = told();

  await store.copy('a', 'b', { onProgress });
  expect(take()).toEqual([
    [mebibyte, mebibyte + 5],
    [mebibyte + 5, mebibyte + 5],
  ]);
  await store.uploadMany([
    { id: 'c', source: content(7), onProgress },
    { id: 'd', source: content(8) },
  ]);
  expect(take()).toEqual([[7, 7]]);
});

test('a progress that throws or rejects changes nothing, and warns once', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const unhandled = vi.fn<() => void>();
  process.on('unhandledRejection', unhandled);
  const { store } = open();
  const boo = (): never => {
    throw new Error('boo');
  };
  const rejecting = (async () => boo()) as unknown as OnProgress;

  for (const onProgress of [boo, rejecting]) {
    expect((await store.upload('a', parts(5, 5), { onProgress })).sizeBytes).toBe(10);
    expect((await (await store.download('a', { onProgress })).bytes()).length).toBe(10);
  }
  await new Promise(setImmediate);
  const warnings = warn.mock.calls.map(([message]) => message);
  process.off('unhandledRejection', unhandled);
  warn.mockRestore();

  expect(warnings).toEqual(['an observer of the artifact store threw: boo; later ones are only counted']);
  expect(unhandled).not.toHaveBeenCalled();
});

test.each([null, 7, 'log', {}])('a progress that is %j is refused before any I/O', async (bad) => {
  const { backend, calls } = watched(memoryBackend());
  const { store } = open({ backend });

  for (const call of [
    () => store.upload('a', 'x', { onProgress: bad as never }),
    () => store.download('a', { onProgress: bad as never }),
    () => store.copy('a', 'b', { onProgress: bad as never }),
  ])
    expect(await refusal(call())).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'onProgress' });
  expect(calls).toEqual([]);
});
