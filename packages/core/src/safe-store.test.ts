import { expect, expectTypeOf, test } from 'vitest';

import type { ArtifactMetadata } from './artifact.ts';
import { ArtifactError } from './errors.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactReader } from './reader.ts';
import type { SafeResult } from './safe-result.ts';
import type { SafeStore } from './safe-store.ts';
import { keyringOf, open, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** A store whose every storage call takes 5 ms by its own clock. */
function slow() {
  const opened = open();
  const { backend, clock } = opened;
  const { store } = open({
    clock,
    backend: wrapBackend(backend, {
      read: (key, options) => {
        clock.advance(5);
        return backend.read(key, options);
      },
    }),
  });
  return { ...opened, store };
}

async function filled() {
  const opened = slow();
  const metadata = await opened.store.upload('a', 'content', { metadata: { n: 1 } });
  return { ...opened, metadata };
}

test('every operation that succeeds tells so, with what it gives and how long it took', async () => {
  const { store, metadata } = await filled();
  const { safe } = store;
  const ok = { success: true, durationMs: 5 };

  expect(await safe.getMetadata('a')).toEqual({ ...ok, metadata });
  expect(await safe.getMetadata('absent')).toEqual({ ...ok, metadata: undefined });
  expect(await safe.download('a', { range: { last: 4 } })).toEqual({
    ...ok,
    metadata,
    data: new Uint8Array(Buffer.from('tent')),
  });
  expect(await safe.page()).toEqual({ ...ok, durationMs: 0, data: await store.page() });
  expect(await safe.healthCheck()).toMatchObject({ ...ok, data: { ok: true } });
  const uploaded = await safe.upload('b', 'x', { name: 'n' });
  expect(uploaded).toEqual({ ...ok, durationMs: 0, metadata: await store.getMetadata('b') });
  const updated = await safe.update('b', { hold: true });
  expect(updated).toEqual({ ...ok, metadata: await store.getMetadata('b') });
  const copied = await safe.copy('a', 'c');
  expect(copied).toEqual({ ...ok, metadata: await store.getMetadata('c') });
  expect(await safe.delete('c')).toEqual({ ...ok, data: true });
  expect(await safe.delete('c')).toEqual({ ...ok, data: false });
  expect(await safe.resign()).toMatchObject({ ...ok, durationMs: 20, report: { unchanged: 3, failed: 0 } });
  expect(await safe.keyUsage()).toMatchObject({ ...ok, durationMs: 15, data: { records: 3, signedBy: { k1: 3 } } });
  expect(await safe.ready()).toEqual(ok);
});

test('every operation that fails tells so, with its error', async () => {
  const { store } = await filled();
  await store.update('a', { hold: true });
  const broken = open({ backend: wrapBackend(memoryBackend(), { list: () => [7] as never }) }).store;
  const closed = open().store;
  await closed.close();

  const results: readonly (readonly [SafeResult, code: string, durationMs: number])[] = [
    [await store.safe.download('absent'), 'NOT_FOUND', 5],
    [await store.safe.getMetadata('a', { minGeneration: 2 }), 'ROLLBACK_DETECTED', 5],
    [await store.safe.getMetadata('../'), 'INVALID_ARGUMENT', 0],
    [await broken.safe.page(), 'BACKEND', 0],
    [await closed.safe.healthCheck(), 'CONFIGURATION', 0],
    [await store.safe.upload('a', 'x'), 'RETAINED', 5],
    [await store.safe.upload('', 'x'), 'INVALID_ARGUMENT', 0],
    [await store.safe.update('absent', { hold: true }), 'NOT_FOUND', 5],
    [await store.safe.copy('absent', 'b'), 'NOT_FOUND', 5],
    [await store.safe.delete('a'), 'RETAINED', 5],
    [await store.safe.resign({ to: 'k2' }), 'INVALID_ARGUMENT', 0],
    [await store.safe.keyUsage({ losing: '' }), 'INVALID_ARGUMENT', 0],
    [await closed.safe.ready(), 'CONFIGURATION', 0],
  ];

  for (const [result, code, durationMs] of results) {
    if (result.success) throw new Error(`${code} was not told`);
    const { error } = result;
    expect(result).toEqual({ success: false, error, errorMessage: error.message, durationMs });
    expect([error instanceof ArtifactError, error.code]).toEqual([true, code]);
    expect(error.message.length).toBeGreaterThan(0);
  }
});

test('a content that fails while it is read is a failure, not a rejection', async () => {
  const { store, backend } = open({ inlineBytes: 0 });
  await store.upload('a', 'content');
  for await (const { key } of backend.list({ prefix: 'content/' })) await backend.write(key, Buffer.from('contenT'));

  expect(await store.safe.download('a')).toMatchObject({ success: false, error: { code: 'INTEGRITY' } });
});

test('an abort still rejects with the reason, also when that is an ArtifactError', async () => {
  const hanging = {
    read: () => stalled(),
    list: () => ({ [Symbol.asyncIterator]: () => ({ next: () => stalled() }) }),
  };
  const { store } = open({ backend: wrapBackend(memoryBackend(), hanging) });
  for (const reason of [new Error('enough'), new ArtifactError('NOT_FOUND', 'enough'), 'a text']) {
    for (const call of [
      (signal: AbortSignal) => store.safe.download('a', { signal }),
      (signal: AbortSignal) => store.safe.getMetadata('a', { signal }),
      (signal: AbortSignal) => store.safe.page({ signal }),
      (signal: AbortSignal) => store.safe.healthCheck({ signal }),
      (signal: AbortSignal) => store.safe.upload('a', 'x', { signal }),
      (signal: AbortSignal) => store.safe.update('a', { hold: true }, { signal }),
      (signal: AbortSignal) => store.safe.copy('a', 'b', { signal }),
      (signal: AbortSignal) => store.safe.delete('a', { signal }),
      (signal: AbortSignal) => store.safe.resign({ signal }),
      (signal: AbortSignal) => store.safe.keyUsage({ signal }),
      (signal: AbortSignal) => store.safe.ready({ signal }),
    ]) {
      const controller = new AbortController();
      const settled = call(controller.signal).catch((error: unknown) => error);
      await new Promise(setImmediate);
      controller.abort(reason);
      expect(await settled).toBe(reason);
      await expect(call(AbortSignal.abort(reason))).rejects.toBe(reason);
    }
  }
});

test('a timeout of its own is a failure with its code', async () => {
  const { store } = open({ backend: wrapBackend(memoryBackend(), { read: () => stalled() }) });

  expect(await store.safe.getMetadata('a', { timeoutMs: 10 })).toMatchObject({
    success: false,
    error: { code: 'TIMEOUT', retryable: true },
  });
});

test('a mistake of the program passes through as what it is', async () => {
  const { store } = open();
  await store.upload('a', 'x');

  await expect(store.safe.upload('a', 'x', null as never)).rejects.toBeInstanceOf(TypeError);
  await expect(store.safe.page(null as never)).rejects.toBeInstanceOf(TypeError);
});

test('a result is narrowed by whether it succeeded', async () => {
  const { safe } = open().store;

  const result = await safe.upload('a', 'x');

  expectTypeOf(safe).toEqualTypeOf<SafeStore>();
  if (result.success) expectTypeOf(result.metadata).toEqualTypeOf<ArtifactMetadata>();
  else expectTypeOf(result.error).toEqualTypeOf<ArtifactError>();
  expectTypeOf(result.durationMs).toEqualTypeOf<number>();
  expect(result.success).toBe(true);
});

test('a reader has the same, for what it reads', async () => {
  const { store, backend, clock } = open();
  const metadata = await store.upload('a', 'content');
  const reader = new ArtifactReader({
    backend,
    signing: keyringOf('k1'),
    audience: 'test',
    now: () => clock.wall,
    monotonic: () => clock.steady,
  });

  expect(await reader.safe.getMetadata('a')).toEqual({ success: true, durationMs: 0, metadata });
  expect(await reader.safe.download('b')).toMatchObject({ success: false, error: { code: 'NOT_FOUND' } });
});
