import { once } from 'node:events';

import { expect, test, vi } from 'vitest';

import type { AuditSink } from './audit.ts';
import type { ArtifactBackend } from './backend.ts';
import type { OperationEnd, OperationName, OperationStart } from './events.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactReader } from './reader.ts';
import {
  collect,
  content,
  hour,
  keyringOf,
  mebibyte,
  open,
  refusal,
  refusalOf,
  stalled,
  state,
  startTime,
} from './store.test-helper.ts';
import type { ArtifactStore } from './store.ts';
import { wrapBackend } from './wrap-backend.ts';

async function* stalledChunks(): AsyncGenerator<Uint8Array> {
  yield await stalled();
}

/** What the sink and the backend were asked, in one order. */
class Trail implements AuditSink {
  readonly log: string[] = [];
  readonly begins: OperationStart[] = [];
  readonly ends: OperationEnd[] = [];
  refusesBegin: Error | undefined;
  refusesEnd: Error | undefined;
  refusesEndOf: Partial<Record<OperationName, Error>> = {};

  async begin(event: OperationStart): Promise<void> {
    this.log.push(`begin ${event.operation}`);
    await new Promise(setImmediate);
    if (this.refusesBegin !== undefined) throw this.refusesBegin;
    this.begins.push(event);
    this.log.push('begun');
  }

  async end(event: OperationEnd): Promise<void> {
    await new Promise(setImmediate);
    const refused = this.refusesEnd ?? this.refusesEndOf[event.operation];
    if (refused !== undefined) throw refused;
    this.ends.push(event);
    this.log.push(`ended ${event.outcome}`);
  }

  /** A backend that puts each of its calls into the log. */
  watch(inner: ArtifactBackend): ArtifactBackend {
    const told = <Args extends unknown[], Result>(name: string, call: (...args: Args) => Result) => {
      return (...args: Args): Result => {
        this.log.push(name);
        return call(...args);
      };
    };
    return wrapBackend(inner, {
      capabilities: told('storage', inner.capabilities.bind(inner)),
      write: told('storage', inner.write.bind(inner)),
      read: told('storage', inner.read.bind(inner)),
      delete: told('storage', inner.delete.bind(inner)),
      list: told('storage', inner.list.bind(inner)),
      discardUnfinished: told('storage', inner.discardUnfinished.bind(inner)),
      check: told('storage', inner.check.bind(inner)),
    });
  }
}

interface Audited {
  readonly store: ArtifactStore;
  readonly trail: Trail;
  readonly backend: ArtifactBackend;
}

async function audited(idleTimeoutMs?: number): Promise<Audited> {
  const trail = new Trail();
  const backend = memoryBackend({ now: () => startTime });
  await open({ backend }).store.upload('there', content(3 * mebibyte));
  return { ...open({ backend: trail.watch(backend), audit: trail, idleTimeoutMs }), trail, backend };
}

const operations: Readonly<Record<string, (store: ArtifactStore) => Promise<unknown>>> = {
  upload: (store) => store.upload('new', 'x'),
  download: async (store) => (await store.download('there')).bytes(),
  getMetadata: (store) => store.getMetadata('there'),
  list: (store) => collect(store.list()),
  page: (store) => store.page(),
  update: (store) => store.update('there', { hold: true }),
  delete: (store) => store.delete('there'),
  resign: (store) => store.resign(),
  sweep: (store) => store.sweep(),
  keyUsage: (store) => store.keyUsage(),
  verify: (store) => collect(store.verify()),
  usage: (store) => store.usage(),
  ready: (store) => store.ready(),
  healthCheck: (store) => store.healthCheck(),
};

test.each(Object.entries(operations))(
  'I-29 %s touches the storage only once its begin is in the trail, and its caller hears of it after its end is',
  async (name, operate) => {
    const { store, trail } = await audited();

    await operate(store);

    expect(trail.log.slice(0, 3)).toEqual([`begin ${name}`, 'begun', 'storage']);
    expect(trail.log.at(-1)).toBe('ended ok');
    expect(trail.begins[0]?.operationId).toBe(trail.ends.at(-1)?.operationId);
  },
);

test.each(Object.entries(operations))(
  'I-29 %s is refused before it does anything when the trail does not take its begin',
  async (_, operate) => {
    const { store, trail, backend } = await audited();
    const before = await state(backend);
    trail.refusesBegin = new Error('ENOSPC');

    const error = await refusal(operate(store));

    expect(error).toMatchObject({ code: 'UNAVAILABLE', field: 'audit', retryable: true, cause: trail.refusesBegin });
    expect(trail.log).toEqual([trail.log[0]]);
    expect(await state(backend)).toEqual(before);
  },
);

test('I-29 a trail that never answers to a begin refuses the operation, by its own time limit or an abort', async () => {
  const { store, trail } = await audited(20);
  trail.begin = () => stalled();
  const reason = new Error('enough');

  const error = await refusal(store.upload('new', 'x'));
  const aborting = new AbortController();
  const aborted = store.upload('new', 'x', { signal: aborting.signal });
  aborting.abort(reason);

  expect(error).toMatchObject({ code: 'UNAVAILABLE', cause: { code: 'TIMEOUT' } });
  await expect(aborted).rejects.toBe(reason);
  expect((await refusal(store.upload('new', 'x', { timeoutMs: 1 }))).code).toBe('TIMEOUT');
  expect(trail.log).toEqual([]);
});

test('I-29 what was done stands when its end is not recorded, and its caller hears just that', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const { store, trail, backend } = await audited();
  trail.refusesEnd = new Error('ENOSPC');

  const error = await refusal(store.upload('new', 'x'));
  const told = await store.safe.delete('there');

  expect(error).toMatchObject({
    code: 'AUDIT_INCOMPLETE',
    artifactId: 'new',
    retryable: false,
    cause: trail.refusesEnd,
  });
  expect(error.message).toBe('upload of artifact "new" is done, and the audit trail lacks its end');
  expect(told).toMatchObject({ success: false, error: { code: 'AUDIT_INCOMPLETE' } });
  const plain = open({ backend }).store;
  expect(await (await plain.download('new')).text()).toBe('x');
  expect(await plain.getMetadata('there')).toBeUndefined();
  expect(warnings).toHaveBeenCalledTimes(1);
  warnings.mockRestore();
});

test('an operation that failed is told of as that, also when its end is not recorded', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const { store, trail } = await audited();
  trail.refusesEnd = new Error('ENOSPC');

  expect((await refusal(store.download('absent'))).code).toBe('NOT_FOUND');
  expect((await refusal(collect(store.list({ timeoutMs: 0 })))).code).toBe('INVALID_ARGUMENT');
  warnings.mockRestore();
});

test('I-29 an end that is never answered is given up after the idle time', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const { store, trail } = await audited(20);
  trail.end = () => stalled();

  expect(await refusal(store.update('there', { metadata: {} }))).toMatchObject({
    code: 'AUDIT_INCOMPLETE',
    cause: { code: 'TIMEOUT' },
  });
  warnings.mockRestore();
});

test('a download is one operation until its first read ended, left early or not, and each later read is another', async () => {
  const { store, trail } = await audited();

  const download = await store.download('there');
  expect(trail.ends).toEqual([]);
  for await (const chunk of download) if (chunk.length > 0) break;
  expect(trail.ends.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual(['download ok']);
  const calls = trail.log.length;
  await download.slice({ last: 10 }).bytes();

  expect(trail.log.slice(calls)).toEqual(['begin download', 'begun', 'storage', 'ended ok']);
  expect(new Set(trail.begins.map(({ operationId }) => operationId)).size).toBe(2);
});

test('I-29 a read whose end is not recorded fails after its last byte', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const { store, trail } = await audited();
  trail.refusesEnd = new Error('ENOSPC');
  let bytes = 0;

  const read = async (): Promise<void> => {
    for await (const chunk of await store.download('there')) bytes += chunk.length;
  };

  expect((await refusal(read())).code).toBe('AUDIT_INCOMPLETE');
  expect(bytes).toBe(3 * mebibyte);
  warnings.mockRestore();
});

test('I-29 a copy is not made when the trail lacks the end of its reading, and its caller hears just that', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const { store, trail, backend } = await audited();
  const before = await state(backend);
  const refused = new Error('ENOSPC');
  trail.refusesEndOf = { download: refused };

  const error = await refusal(store.copy('there', 'copy'));

  expect(error).toMatchObject({
    code: 'UNAVAILABLE',
    field: 'audit',
    cause: { code: 'AUDIT_INCOMPLETE', cause: refused },
  });
  expect(await state(backend)).toEqual(before);
  expect(trail.log.at(-1)).toBe('ended UNAVAILABLE');
  warnings.mockRestore();
});

test.each<[string, (store: ArtifactStore, signal: AbortSignal) => Promise<unknown>]>([
  ['an upload', (store, signal) => store.upload('new', stalledChunks(), { signal })],
  [
    'a read',
    async (store, signal) => {
      for await (const chunk of await store.download('there', { signal }))
        if (chunk.length > 0) await once(signal, 'abort');
    },
  ],
])('I-25 an abort of %s ends within a second also when the trail never takes its end', async (_, operate) => {
  const { store, trail } = await audited();
  trail.end = () => stalled();
  const aborting = new AbortController();
  const reason = new Error('enough');

  const operation = operate(store, aborting.signal);
  await vi.waitFor(() => expect(trail.begins).toHaveLength(1));
  const abortedAt = performance.now();
  aborting.abort(reason);

  await expect(operation).rejects.toBe(reason);
  expect(performance.now() - abortedAt).toBeLessThan(1000);
});

test('namespaces, readers and what a store moves are in the trail as well', async () => {
  const { store, trail, backend } = await audited();
  const reader = new ArtifactReader({ backend, signing: keyringOf('k1'), audience: 'test', audit: trail });

  await store.namespace('tenant').upload('a', 'x', { context: 'ada' });
  await reader.getMetadata('there');
  await store.copy('there', 'copy');

  expect(trail.ends.map(({ operation, namespace, id, context }) => [operation, namespace, id, context])).toEqual([
    ['upload', 'tenant', 'a', 'ada'],
    ['getMetadata', undefined, 'there', undefined],
    ['download', undefined, 'there', undefined],
    ['upload', undefined, 'copy', undefined],
  ]);
});

test('Retention changes of retention are in the trail, and so is what retention refuses', async () => {
  const { store, trail } = await audited();

  await store.update('there', { hold: true });
  await refusal(store.delete('there'));
  await refusal(store.upload('there', 'x'));
  await store.update('there', { hold: false, retainUntil: startTime + hour });
  await refusal(store.update('there', { retainUntil: null }));

  expect(trail.ends.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
    'update ok',
    'delete RETAINED',
    'upload RETAINED',
    'update ok',
    'update RETAINED',
  ]);
});

test('what is no sink is refused when the store is made', () => {
  for (const audit of [null, {}, { begin: () => undefined }, { begin: 1, end: 2 }]) {
    expect(refusalOf(() => open({ audit: audit as never }))).toMatchObject({ code: 'CONFIGURATION', field: 'audit' });
  }
});
