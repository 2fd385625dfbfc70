import { AsyncLocalStorage } from 'node:async_hooks';

import { expect, test, vi } from 'vitest';

import { ArtifactError } from './errors.ts';
import { Observers, type Observer, type OperationEnd, type OperationStart } from './events.ts';
import { failing, faults } from './faults.test-helper.ts';
import { hmacKeyring, keyring } from './keyring.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactReader } from './reader.ts';
import { revoked } from './signing-key.ts';
import {
  collect,
  content,
  day,
  keyringOf,
  mebibyte,
  open,
  refusal,
  secretOf,
  sha256,
  stalled,
  startTime,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** Everything an observer is told, in order. */
class Log implements Observer {
  readonly starts: OperationStart[] = [];
  readonly ends: OperationEnd[] = [];
  start(event: OperationStart): void {
    this.starts.push(event);
  }
  end(event: OperationEnd): void {
    this.ends.push(event);
  }
  get outcomes(): string[] {
    return this.ends.map(({ operation, outcome }) => `${operation} ${outcome}`);
  }
}

test('an operation has one start and one end, which tell what it was and what it did', async () => {
  const log = new Log();
  const { store, clock } = open({ observers: [log], label: 'blue' });
  const source = async function* () {
    yield content(100_000);
    clock.advance(250);
  };

  await store.upload('a', source(), { context: { request: 7 } });

  const start = {
    operationId: log.starts[0]?.operationId,
    operation: 'upload',
    store: 'blue',
    backend: 'memory',
    id: 'a',
    context: { request: 7 },
    startedAt: startTime,
  };
  expect(log.starts).toEqual([start]);
  expect(log.ends).toEqual([
    {
      ...start,
      outcome: 'ok',
      durationMs: 250,
      bytes: 100_000,
      generation: 1,
      sha256: sha256(content(100_000)),
      keyId: 'k1',
      requests: 7,
      retries: 0,
      cacheHits: 0,
    },
  ]);
  expect(Object.isFrozen(log.starts[0]) && Object.isFrozen(log.ends[0])).toBe(true);
});

test('every operation is told of, with its own name', async () => {
  const log = new Log();
  const { store } = open({ observers: [log] });

  await store.upload('a', 'x');
  await (await store.download('a')).bytes();
  await store.getMetadata('a');
  await collect(store.list());
  await store.page();
  await store.update('a', { metadata: {} });
  await store.delete('a');
  await store.sweep();
  await store.keyUsage();
  await collect(store.verify());
  await store.ready();
  await store.healthCheck();

  const looked = ['upload', 'download', 'getMetadata', 'list', 'page'];
  const names = [...looked, 'update', 'delete', 'sweep', 'keyUsage', 'verify', 'ready', 'healthCheck'];
  expect(log.starts.map(({ operation }) => operation)).toEqual(names);
  expect(log.outcomes).toEqual(names.map((name) => `${name} ok`));
  expect(new Set(log.starts.map(({ operationId }) => operationId)).size).toBe(names.length);
});

test('the outcome is the code of the error the caller sees, or aborted', async () => {
  const log = new Log();
  const { store } = open({ observers: [log] });
  const plain = open({
    observers: [log],
    backend: wrapBackend(memoryBackend(), { read: () => Promise.reject(new Error('EIO')) }),
  }).store;
  const signal = AbortSignal.abort(new Error('enough'));

  await refusal(store.download('a'));
  await refusal(store.upload('a', [7] as never));
  await refusal(plain.getMetadata('a'));
  await store.getMetadata('a', { signal }).catch(() => undefined);
  await collect(store.list({ signal })).catch(() => undefined);

  expect(log.outcomes).toEqual([
    'download NOT_FOUND',
    'upload INVALID_ARGUMENT',
    'getMetadata BACKEND',
    'getMetadata aborted',
    'list aborted',
  ]);
});

test('an abort is one whatever its reason, and the reason stays as the caller made it', async () => {
  const log = new Log();
  const { store } = open({ observers: [log] });
  const reason = new ArtifactError('UNAVAILABLE', 'enough');

  await expect(store.getMetadata('a', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

  expect(log.outcomes).toEqual(['getMetadata aborted']);
  expect('artifactId' in reason).toBe(false);
});

test('a download ends with its body: when it was read, failed, or was left', async () => {
  const log = new Log();
  const { store } = open({ observers: [log] });
  await store.upload('a', content(3 * mebibyte));
  const download = await store.download('a');
  expect(log.ends.length).toBe(1);

  for await (const _ of download) break;
  await download.bytes();
  await download.slice({ last: 10 }).bytes();
  const reader = download.stream().getReader();
  await reader.read();
  await reader.cancel();

  expect(log.starts.map(({ operation }) => operation)).toEqual([
    'upload',
    ...Array.from({ length: 4 }, () => 'download'),
  ]);
  expect(log.ends.slice(1).map(({ outcome, bytes, generation, keyId }) => [outcome, bytes, generation, keyId])).toEqual(
    [
      ['ok', mebibyte, 1, 'k1'],
      ['ok', 3 * mebibyte, 1, 'k1'],
      ['ok', 10, 1, 'k1'],
      ['ok', mebibyte, 1, 'k1'],
    ],
  );
});

test('a download that was aborted or cancelled while it stalled ends once, as what it was', async () => {
  const log = new Log();
  const { store, backend: inner } = open();
  await store.upload('a', content(100_000));
  const backend = wrapBackend(inner, {
    read: (key, options) => (key.startsWith('content/') ? stalled() : inner.read(key, options)),
  });
  const stalling = open({ backend, observers: [log] }).store;
  const controller = new AbortController();

  const reading = (await stalling.download('a', { signal: controller.signal })).bytes().catch(() => undefined);
  await new Promise(setImmediate);
  controller.abort(new Error('enough'));
  await reading;
  const reader = (await stalling.download('a')).stream().getReader();
  const pending = reader.read();
  await new Promise(setImmediate);
  await reader.cancel();
  await pending;

  expect(log.outcomes).toEqual(['download aborted', 'download ok']);
});

test('storage calls and repeated ones are counted', async () => {
  const log = new Log();
  const [unavailable] = faults;
  if (unavailable === undefined) throw new Error('no faults');
  const { store } = open({ observers: [log], backend: failing(memoryBackend(), unavailable, 1, false).backend });

  await store.getMetadata('a');

  expect(log.ends.map(({ requests, retries }) => [requests, retries])).toEqual([[2, 1]]);
});

test('context is found where the caller keeps it', async () => {
  const log = new Log();
  const context = new AsyncLocalStorage<string>();
  const { store } = open({ observers: [log], context });

  await context.run('request 1', () => store.getMetadata('a'));
  await context.run('request 2', () => store.getMetadata('a', { context: 'given' }));
  await store.getMetadata('a');

  expect(log.ends.map((event) => event.context)).toEqual(['request 1', 'given', undefined]);
});

test('an observer that throws or rejects changes nothing, and warns once', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const unhandled = vi.fn<() => void>();
  process.on('unhandledRejection', unhandled);
  const log = new Log();
  const boo = (): never => {
    throw new Error('boo');
  };
  // TypeScript lets an async function stand where nothing is given back.
  const rejecting = { start: async () => boo(), end: async () => boo() } as unknown as Observer;
  const { store } = open({
    observers: [{ start: boo, end: boo }, rejecting, {}, log],
  });

  await store.upload('a', 'x');
  await (await store.download('a')).bytes();
  await new Promise(setImmediate);
  const warnings = warn.mock.calls.map(([message]) => message);
  process.off('unhandledRejection', unhandled);
  warn.mockRestore();

  expect(log.outcomes).toEqual(['upload ok', 'download ok']);
  expect(warnings).toEqual(['an observer of the artifact store threw: boo; later ones are only counted']);
  expect(unhandled).not.toHaveBeenCalled();
});

test('what an observer throws is counted', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const observers = new Observers([
    {
      start: () => {
        throw new Error('boo');
      },
    },
  ]);

  for (let n = 0; n < 3; n += 1)
    observers.start({ operationId: '', operation: 'list', store: '', backend: '', startedAt: 0 });

  expect(observers.failures).toBe(3);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});

test('a read or listing that is aborted while its reader is idle ends at once, as aborted', async () => {
  const log = new Log();
  const { store: filled, backend } = open();
  await filled.upload('a', content(3 * mebibyte));
  await filled.upload('b', 'x');
  const { store } = open({ backend, observers: [log] });
  const reason = new Error('enough');
  const reading = new AbortController();
  const listing = new AbortController();
  const chunks = (await store.download('a', { signal: reading.signal }))[Symbol.asyncIterator]();
  const items = store.list({ signal: listing.signal });
  await chunks.next();
  await items.next();

  reading.abort(reason);
  const afterFirst = [...log.outcomes];
  listing.abort(reason);
  const afterBoth = [...log.outcomes];

  expect(afterFirst).toEqual(['download aborted']);
  expect(afterBoth).toEqual(['download aborted', 'list aborted']);
  await expect(chunks.next()).rejects.toBe(reason);
  await expect(items.next()).rejects.toBe(reason);
  expect(log.outcomes).toEqual(afterBoth);
});

test('a listing that is left early ends well, however much was read ahead', async () => {
  const log = new Log();
  const { store, backend } = open();
  for (let n = 0; n < 40; n += 1) await store.upload(`a${n}`, 'x');

  for await (const _ of open({ backend, observers: [log] }).store.list()) break;

  expect(log.outcomes).toEqual(['list ok']);
});

test('a store tells under which names its events are, its quota, and whether it is closed', async () => {
  const quota = { maxBytes: 1000 };
  const { store } = open({ label: 'blue', quota });

  expect([store.label, store.backendName, store.quota]).toEqual(['blue', 'memory', quota]);
  expect([store.namespace('a').label, store.namespace('a').quota]).toEqual(['blue', undefined]);
  const own = store.namespace('b', { quota: { maxCount: 2 } });
  expect([own.quota, own.closed]).toEqual([{ maxCount: 2 }, false]);
  await store.close();
  expect([own.closed, store.closed]).toEqual([true, true]);
});

test('the end of a sweep tells what it did, that of a dry run nothing', async () => {
  const log = new Log();
  const { store, clock } = open({ observers: [log] });
  await store.upload('a', content(100_000), { ttlMs: 1000 });
  clock.advance(3 * day);

  await store.sweep({ dryRun: true });
  const { counts } = await store.sweep();

  expect(counts).toMatchObject({ artifacts: 1, bytes: 100_000 });
  expect(log.ends.slice(1).map(({ swept }) => swept)).toEqual([undefined, counts]);
});

test('the end of an operation names a key of the keyring whose signature is wrong, and none that is unknown', async () => {
  const log = new Log();
  const { store, backend } = open({ observers: [log] });
  await store.upload('a', 'content');
  const others = [
    hmacKeyring({ active: 'k1', keys: { k1: secretOf('another') } }),
    keyring({ keys: { k1: revoked() } }),
    keyringOf('k2'),
  ];

  for (const signing of others) {
    const reader = new ArtifactReader({ backend, signing, audience: 'test', observers: [log] });
    await refusal(reader.download('a'));
  }

  expect(log.ends.slice(1).map(({ outcome, keyId }) => [outcome, keyId])).toEqual([
    ['SIGNATURE_INVALID', 'k1'],
    ['KEY_REVOKED', 'k1'],
    ['UNKNOWN_KEY', undefined],
  ]);
});
