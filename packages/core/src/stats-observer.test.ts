import { expect, test } from 'vitest';

import { ArtifactError, type ErrorCode } from './errors.ts';
import type { OperationEnd } from './events.ts';
import { memoryBackend } from './memory.ts';
import { statsObserver } from './stats-observer.ts';
import { content, mebibyte, open, refusal, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const nothing = {
  total: 0,
  successes: 0,
  failures: 0,
  aborted: 0,
  successRate: 1,
  bytesIn: 0,
  bytesOut: 0,
  averageDurationMs: 0,
  codes: {},
};

function ended(event: Partial<OperationEnd>): OperationEnd {
  return {
    operationId: '1',
    operation: 'getMetadata',
    store: 'main',
    backend: 'memory',
    startedAt: 0,
    outcome: 'ok',
    durationMs: 0,
    bytes: 0,
    requests: 0,
    retries: 0,
    cacheHits: 0,
    ...event,
  };
}

test('before anything ended nothing failed', () => {
  expect(statsObserver().stats()).toEqual({ ...nothing, operations: {} });
});

test('what a store does is counted in total and by operation', async () => {
  const observer = statsObserver();
  const { store, clock } = open({ observers: [observer] });
  const slowly = async function* () {
    yield content(1000);
    clock.advance(30);
  };

  await store.upload('a', slowly());
  await store.upload('b', content(500));
  await (await store.download('a')).bytes();
  await refusal(store.download('absent'));
  await refusal(store.download('missing'));
  await refusal(store.upload('a', 'x', { ifGeneration: 7 }));

  expect(observer.stats()).toEqual({
    ...nothing,
    total: 6,
    successes: 3,
    failures: 3,
    successRate: 0.5,
    bytesIn: 1501,
    bytesOut: 1000,
    averageDurationMs: 5,
    codes: { NOT_FOUND: 2, PRECONDITION_FAILED: 1 },
    operations: {
      upload: {
        ...nothing,
        total: 3,
        successes: 2,
        failures: 1,
        successRate: 2 / 3,
        bytesIn: 1501,
        averageDurationMs: 10,
        codes: { PRECONDITION_FAILED: 1 },
      },
      download: {
        ...nothing,
        total: 3,
        successes: 1,
        failures: 2,
        successRate: 1 / 3,
        bytesOut: 1000,
        codes: { NOT_FOUND: 2 },
      },
    },
  });
});

test('what was aborted is neither a success nor a failure, but its bytes count', async () => {
  const observer = statsObserver();
  const { store, backend: inner } = open();
  await store.upload('a', content(2 * mebibyte));
  const backend = wrapBackend(inner, {
    read: async (key, options) => {
      const result = await inner.read(key, options);
      if (result.status !== 'found' || !key.startsWith('content/')) return result;
      const body = (async function* () {
        yield content(2 * mebibyte).subarray(0, mebibyte);
        await stalled(options?.signal);
      })();
      return { ...result, body };
    },
  });
  const controller = new AbortController();
  const stalling = open({ backend, observers: [observer] }).store;

  await stalling.getMetadata('a');
  const reading = (await stalling.download('a', { signal: controller.signal }))[Symbol.asyncIterator]();
  await reading.next();
  controller.abort(new Error('enough'));

  await expect(reading.next()).rejects.toThrow('enough');
  expect(observer.stats()).toMatchObject({
    total: 2,
    successes: 1,
    failures: 0,
    aborted: 1,
    successRate: 1,
    bytesOut: mebibyte,
  });
  observer.end(ended({ outcome: 'aborted', durationMs: 1000 }));
  expect(observer.stats().averageDurationMs).toBe(0);
});

test('one observer of several stores counts them all', async () => {
  const observer = statsObserver();
  const backend = memoryBackend();

  for (const label of ['blue', 'green']) await open({ backend, label, observers: [observer] }).store.getMetadata('a');

  expect(observer.stats().operations.getMetadata?.total).toBe(2);
});

test('stats are a copy, and a reset begins anew', () => {
  const observer = statsObserver();
  observer.end(ended({ outcome: 'TIMEOUT', durationMs: 8 }));
  const before = observer.stats();

  observer.end(ended({}));
  observer.reset();
  observer.end(ended({ durationMs: 4 }));

  expect([before.total, before.codes, before.operations.getMetadata?.failures]).toEqual([1, { TIMEOUT: 1 }, 1]);
  expect(observer.stats()).toMatchObject({ total: 1, failures: 0, averageDurationMs: 4, codes: {} });
});

test('I-27 there is one entry for each operation and code, whatever ids and errors there are', async () => {
  const observer = statsObserver();
  let n = 0;
  const backend = wrapBackend(memoryBackend(), {
    read: async () => {
      n += 1;
      throw new ArtifactError(`CODE_${n}` as ErrorCode, `message ${n}`);
    },
  });
  const { store } = open({ backend, observers: [observer] });

  for (let id = 0; id < 200; id += 1) await refusal(store.getMetadata(`id/${id}`));

  expect(n).toBe(200);
  const { operations, codes } = observer.stats();
  expect(codes).toEqual({ BACKEND: 200 });
  expect(Object.keys(operations)).toEqual(['getMetadata']);
});
