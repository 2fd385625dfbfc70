import { expect, test } from 'vitest';

import type { ArtifactBackend, BackendCapabilities, ReadResult } from './backend.ts';
import { memoryBackend } from './memory.ts';
import { collect, keysOf, objectAt } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const claims = { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false };

/** Counts reads in a private field, as a class of a third party would. */
class Counting implements Partial<ArtifactBackend> {
  readonly name = 'counting';
  readonly #inner: ArtifactBackend;
  #reads = 0;

  constructor(inner: ArtifactBackend) {
    this.#inner = inner;
  }

  get reads(): number {
    return this.#reads;
  }

  read(key: string): Promise<ReadResult> {
    this.#reads += 1;
    return this.#inner.read(key);
  }
}

test('what is not overridden is the inner backend, private state included', async () => {
  const inner = memoryBackend();

  const backend = wrapBackend(inner, {});
  await backend.write('a', Buffer.from('x'));
  await backend.write('b', Buffer.from('y'));
  await backend.delete('a');
  await backend.discardUnfinished(new Date());
  await backend.check();
  await backend.close();

  expect([backend.contract, backend.name]).toEqual([1, 'memory']);
  expect(await backend.capabilities()).toEqual({ createIfAbsent: true, compareAndSwap: true, conditionalDelete: true });
  expect(await objectAt(backend, 'b')).toEqual(Buffer.from('y'));
  expect(await keysOf(backend)).toEqual(['b']);
  expect(await keysOf(inner)).toEqual(['b']);
});

test('overrides may be an instance of a class with private state', async () => {
  const inner = memoryBackend();
  await inner.write('a', Buffer.from('x'));
  const counting = new Counting(inner);

  const backend = wrapBackend(inner, counting);

  expect(await objectAt(backend, 'a')).toEqual(Buffer.from('x'));
  expect((await backend.read('b')).status).toBe('absent');
  expect([backend.name, counting.reads]).toEqual(['counting', 2]);
});

test('every member can be overridden', async () => {
  const inner = memoryBackend();
  const called: string[] = [];
  const telling =
    <T>(name: string, value: T) =>
    (): T => {
      called.push(name);
      return value;
    };

  const all = wrapBackend(inner, {
    contract: 2 as never,
    name: 'all',
    capabilities: telling('capabilities', Promise.resolve<BackendCapabilities>(claims)),
    write: telling('write', Promise.resolve({ key: 'a', size: 1, version: 'v' })),
    read: telling('read', Promise.resolve<ReadResult>({ status: 'absent' })),
    delete: telling('delete', Promise.resolve()),
    list: telling('list', (async function* () {})()),
    discardUnfinished: telling('discardUnfinished', Promise.resolve()),
    check: telling('check', Promise.resolve()),
    close: telling('close', Promise.resolve()),
  });
  expect(await all.capabilities()).toEqual(claims);
  expect(await all.write('a', new Uint8Array())).toEqual({ key: 'a', size: 1, version: 'v' });
  expect(await all.read('a')).toEqual({ status: 'absent' });
  await all.delete('a');
  expect(await collect(all.list({ prefix: '' }))).toEqual([]);
  await all.discardUnfinished(new Date());
  await all.check();
  await all.close();
  expect([all.contract, all.name]).toEqual([2, 'all']);
  expect(called).toEqual(['capabilities', 'write', 'read', 'delete', 'list', 'discardUnfinished', 'check', 'close']);
});

test('an override that is undefined overrides nothing', async () => {
  const overrides = { name: undefined, check: undefined } as unknown as Partial<ArtifactBackend>;

  const backend = wrapBackend(memoryBackend(), overrides);
  await backend.check();

  expect(backend.name).toBe('memory');
});

test('wrappers of wrappers keep every ability', async () => {
  const inner = memoryBackend();
  const named = wrapBackend(inner, { name: 'outer' });

  const backend = wrapBackend(named, { capabilities: async () => claims });
  await backend.write('a', Buffer.from('x'));

  expect(backend.name).toBe('outer');
  expect(await backend.capabilities()).toEqual(claims);
  expect(await keysOf(inner)).toEqual(['a']);
});
