import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';

import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import type { OperationMessage, StorageEvent } from './events.ts';
import { collect, content, mebibyte, open, refusal } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const phases = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** What is published on both channels while `work` runs. */
async function published(work: () => Promise<unknown>) {
  const operations: (readonly [phase: string, message: OperationMessage])[] = [];
  const storage: (readonly [phase: string, event: StorageEvent & { error?: unknown }])[] = [];
  const operationListeners = Object.fromEntries(
    phases.map((phase) => [phase, (message: unknown) => void operations.push([phase, message as OperationMessage])]),
  ) as never;
  const storageListeners = Object.fromEntries(
    phases.map((phase) => [phase, (event: unknown) => void storage.push([phase, event as StorageEvent])]),
  ) as never;
  tracingChannel('artifacts:operation').subscribe(operationListeners);
  tracingChannel('artifacts:storage').subscribe(storageListeners);
  try {
    await work();
  } finally {
    tracingChannel('artifacts:operation').unsubscribe(operationListeners);
    tracingChannel('artifacts:storage').unsubscribe(storageListeners);
  }
  return { operations, storage };
}

test('an operation is published from its start to its end, its storage calls with the same operationId', async () => {
  const { store } = open();

  const { operations, storage } = await published(() => store.upload('a', 'x'));

  expect(operations.map(([phase]) => phase)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
  const message = operations[0]?.[1];
  expect(operations.every(([, other]) => other === message)).toBe(true);
  expect(message?.start).toMatchObject({ operation: 'upload', id: 'a' });
  expect(message?.end).toMatchObject({ outcome: 'ok', bytes: 1 });
  const calls = storage.filter(([phase]) => phase === 'asyncEnd').map(([, event]) => event);
  expect(calls.map(({ call, key }) => `${call} ${key ?? ''}`)).toEqual([
    'capabilities ',
    'read store.json',
    'write store.json',
    'write records/a',
  ]);
  expect(new Set(calls.map(({ operationId }) => operationId))).toEqual(new Set([message?.start.operationId]));
});

test('a failure is published with the error the caller sees', async () => {
  const { store } = open();
  let error: unknown;

  const { operations } = await published(async () => {
    error = await refusal(store.download('a'));
  });

  expect(operations.map(([phase]) => phase)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  expect(operations[2]?.[1].error).toBe(error);
  expect(operations[2]?.[1].end?.outcome).toBe('NOT_FOUND');
});

test('every operation is published with a start and an end, listings and second reads included', async () => {
  const { store } = open();
  await store.upload('a', content(2 * mebibyte));

  const { operations } = await published(async () => {
    const download = await store.download('a');
    await download.bytes();
    await download.bytes();
    await collect(store.list());
    for await (const _ of store.list()) break;
    await store.page();
    await store.healthCheck();
  });

  const of = (wanted: string): string[] =>
    operations.filter(([phase]) => phase === wanted).map(([, { start }]) => start.operation);
  expect(of('start')).toEqual(['download', 'download', 'list', 'list', 'page', 'healthCheck']);
  expect(of('asyncEnd')).toEqual(['download', 'download', 'list', 'list', 'page', 'healthCheck']);
});

test('a store that a tracer binds to the channel is there in everything an operation does', async () => {
  const trace = new AsyncLocalStorage<unknown>();
  const { store, backend } = open();
  const seen: unknown[] = [];
  const read = backend.read.bind(backend);
  backend.read = (key, options) => {
    seen.push(trace.getStore());
    return read(key, options);
  };
  const start = channel('tracing:artifacts:operation:start');
  start.bindStore(trace, (message) => (message as OperationMessage).start.operation);
  try {
    await store.getMetadata('a');
  } finally {
    start.unbindStore(trace);
  }

  expect(seen).toEqual(['getMetadata']);
});

test('nothing is published when nobody listens', async () => {
  const { store } = open();

  await store.upload('a', 'x');

  expect(tracingChannel('artifacts:operation').hasSubscribers).toBe(false);
});

test('a listing is published on the storage channel, also one that fails or is left', async () => {
  const { store, backend } = open();
  for (const id of ['b/1', 'b/2']) await store.upload(id, 'x');
  const failure = new ArtifactError('ACCESS_DENIED', 'no right to list');
  const denied = open({
    backend: wrapBackend(backend, {
      list: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure) }) }),
    }),
  }).store;

  const listings: unknown[] = [];
  for (const work of [
    () => collect(store.list({ prefix: 'b/' })),
    async () => {
      for await (const _ of store.list({ prefix: 'b/' })) break;
    },
    () => store.page({ prefix: 'b/', limit: 1 }),
    () => refusal(collect(denied.list())),
  ]) {
    const { operations, storage } = await published(work);
    const events = storage.filter(([, { call }]) => call === 'list');
    const operationId = operations[0]?.[1].start.operationId;
    expect(events.every(([, event]) => event.operationId === operationId && event.backend === 'memory')).toBe(true);
    listings.push([events.map(([phase]) => phase), events[0]?.[1].key, events.at(-1)?.[1].error]);
  }

  const whole = ['start', 'end', 'asyncStart', 'asyncEnd'];
  expect(listings).toEqual([
    [whole, 'records/b/', undefined],
    [whole, 'records/b/', undefined],
    [whole, 'records/b/', undefined],
    [['start', 'end', 'error', 'asyncStart', 'asyncEnd'], 'records/', failure],
  ]);
});
