import { expect, test } from 'vitest';

import type { ArtifactSource } from './source.ts';
import { state, open, refusal, startTime } from './store.test-helper.ts';

const wrong: readonly (readonly [options: Record<string, unknown>, field: string, problem: string])[] = [
  [{ contentType: 'text/plain\r\nSet-Cookie: a=b' }, 'contentType', 'is not a media type'],
  [{ contentType: 'text/plain\n' }, 'contentType', 'is not a media type'],
  [{ contentType: 'text/plain; a="\u0000"' }, 'contentType', 'is not a media type'],
  [{ contentType: 'text/pl\u00e4in' }, 'contentType', 'is not a media type'],
  [{ contentType: 'text' }, 'contentType', 'is not a media type'],
  [{ contentType: '' }, 'contentType', 'is not a media type'],
  [{ contentType: 'a/b;'.repeat(100) }, 'contentType', 'is longer than 255'],
  [{ contentType: 7 }, 'contentType', 'is not a string'],
  [{ name: '' }, 'name', 'is empty'],
  [{ name: 'a\r\nb' }, 'name', 'has a control character'],
  [{ name: '\ud800' }, 'name', 'has a lone surrogate'],
  [{ name: '\u00e9'.repeat(257) }, 'name', 'is longer than 512 bytes'],
  [{ name: null }, 'name', 'is not a string'],
  [{ expiresAt: Number.NaN }, 'expiresAt', 'is not a whole number'],
  [{ expiresAt: new Date(Number.NaN) }, 'expiresAt', 'is not a whole number'],
  [{ expiresAt: -1 }, 'expiresAt', 'is -1, not from 0'],
  [{ expiresAt: Infinity }, 'expiresAt', 'is not a whole number'],
  [{ expiresAt: startTime + 0.5 }, 'expiresAt', 'is not a whole number'],
  [{ expiresAt: startTime / 1000 + 3600 }, 'expiresAt', 'looks like seconds'],
  [{ expiresAt: 0 }, 'expiresAt', 'looks like seconds'],
  [{ expiresAt: '2027-01-01' }, 'expiresAt', 'is not a whole number'],
  [{ expiresAt: null }, 'expiresAt', 'is not a whole number'],
  [{ expiresAt: startTime }, 'expiresAt', 'has passed'],
  [{ expiresAt: new Date(startTime - 1) }, 'expiresAt', 'has passed'],
  [{ expiresAt: 10_000_000_000_000 }, 'expiresAt', 'not from 0 to 9999999999999'],
  [{ ttlMs: 0 }, 'ttlMs', 'is 0, not from 1'],
  [{ ttlMs: -1 }, 'ttlMs', 'is -1, not from 1'],
  [{ ttlMs: Number.NaN }, 'ttlMs', 'is not a whole number'],
  [{ ttlMs: 1.5 }, 'ttlMs', 'is not a whole number'],
  [{ ttlMs: '1000' }, 'ttlMs', 'is not a whole number'],
  [{ ttlMs: Number.MAX_SAFE_INTEGER }, 'ttlMs', 'is not a whole number'],
  [{ ttlMs: 9_000_000_000_000 }, 'ttlMs', 'not from 0 to 9999999999999'],
  [{ ttlMs: 1000, expiresAt: startTime + 1000 }, 'ttlMs', 'exclude each other'],
  [{ retainUntil: Number.NaN }, 'retainUntil', 'is not a whole number'],
  [{ retainUntil: startTime }, 'retainUntil', 'has passed'],
  [{ retainUntil: startTime / 1000 + 10 }, 'retainUntil', 'looks like seconds'],
  [{ hold: 'yes' }, 'hold', 'is not a boolean'],
  [{ hold: null }, 'hold', 'is not a boolean'],
  [{ size: -1 }, 'size', 'is -1'],
  [{ size: 1.5 }, 'size', 'is not a whole number'],
  [{ size: '5' }, 'size', 'is not a whole number'],
  [{ size: 6 }, 'size', 'the source has 5 bytes, not the declared size of 6'],
  [{ expectedSha256: 'abc' }, 'expectedSha256', 'is not a SHA-256'],
  [{ expectedSha256: 'A'.repeat(64) }, 'expectedSha256', 'is not a SHA-256'],
  [{ ifGeneration: -1 }, 'ifGeneration', 'is -1'],
  [{ ifGeneration: 1.5 }, 'ifGeneration', 'is not a whole number'],
  [{ ifGeneration: '0' }, 'ifGeneration', 'is not a whole number'],
  [{ ifRevision: 'x' }, 'ifRevision', 'is not a revision'],
  [{ ifRevision: 7 }, 'ifRevision', 'is not a revision'],
  [{ ifRevision: '0'.repeat(32), ifGeneration: 1 }, 'ifRevision', 'exclude each other'],
  [{ timeoutMs: Number.NaN }, 'timeoutMs', 'is not a whole number'],
  [{ timeoutMs: 0 }, 'timeoutMs', 'is 0'],
  [{ timeoutMs: -5 }, 'timeoutMs', 'is -5'],
];

test.each(wrong)(
  'an upload with %j is refused naming the field, and touches nothing',
  async (options, field, problem) => {
    const { store, backend } = open();

    const error = await refusal(store.upload('a', 'hello', options));

    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field, retryable: false });
    expect(error.message).toContain(problem);
    expect(error.message).not.toMatch(/[\r\n\0]/);
    expect(await state(backend)).toEqual(new Map());
  },
);

test.each([undefined, null, 7, true, {}, [1, 2], ['text'], 'a\ud800', [new Uint8Array(2), null], new Map([[1, 2]])])(
  'a source %j is refused as one, and nothing of it is stored',
  async (source) => {
    const { store, backend } = open();

    const error = await refusal(store.upload('a', source as ArtifactSource));

    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source' });
    expect((await state(backend)).has('records/a')).toBe(false);
  },
);

test.each(['text/plain', 'text/plain; charset=utf-8', 'application/vnd.a.b+json;v="1; \\" 2"', 'A/B'])(
  'content type %j is taken and comes back',
  async (contentType) => {
    const { store } = open();

    await store.upload('a', 'x', { contentType });

    expect((await store.getMetadata('a'))?.contentType).toBe(contentType);
  },
);

test('a content type made to be slow is refused in no time', async () => {
  const { store } = open();

  const error = await refusal(store.upload('a', 'x', { contentType: `a/b${';\t \t'.repeat(60)}` }));

  expect(error.field).toBe('contentType');
});

test('name, content type and metadata have their defaults', async () => {
  const { store } = open();

  expect(await store.upload('build/42/app.tgz', 'x')).toMatchObject({
    name: 'app.tgz',
    contentType: 'application/octet-stream',
    metadata: {},
    hold: false,
  });
});

test('ttlMs counts from now', async () => {
  const { store } = open();

  const { expiresAt } = await store.upload('a', 'x', { ttlMs: 1500 });

  expect(expiresAt).toEqual(new Date(startTime + 1500));
});

test.each(['update', 'delete', 'getMetadata', 'download'] as const)(
  '%s refuses an id that has no key',
  async (operation) => {
    const { store, backend } = open();
    const call = (id: string) => (operation === 'update' ? store.update(id, { hold: true }) : store[operation](id));

    for (const id of ['../x', '', 'a\0', '\ud800', 7 as never])
      expect(await refusal(call(id))).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'id' });
    expect(await state(backend)).toEqual(new Map());
  },
);

test('expectations of a reader are checked before any I/O', async () => {
  const { store } = open();

  for (const [options, field] of [
    [{ minGeneration: 0 }, 'minGeneration'],
    [{ minGeneration: '1' as never }, 'minGeneration'],
    [{ expectedSha256: 'x' }, 'expectedSha256'],
    [{ ifGeneration: 0 }, 'ifGeneration'],
    [{ ifRevision: 'x' }, 'ifRevision'],
  ] as const) {
    expect(await refusal(store.download('a', options))).toMatchObject({ code: 'INVALID_ARGUMENT', field });
    expect(await refusal(store.getMetadata('a', options))).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  }
});
