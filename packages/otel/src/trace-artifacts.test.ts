import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';

import { ArtifactError, isArtifactError, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

import { traceArtifacts } from './trace-artifacts.ts';
import { traced, treeOf } from './tracing.test-helper.ts';

const mebibyte = 1024 * 1024;

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
afterEach(() => void vi.restoreAllMocks());

test('an operation is one span, its storage calls are the children', async () => {
  using tracing = traced({ label: 'blue' });
  const { store, spans } = tracing;

  await store.upload('a', 'hello');

  expect(treeOf(spans())).toEqual([
    'artifacts upload',
    '  artifacts storage capabilities',
    '  artifacts storage read',
    '  artifacts storage write',
    '  artifacts storage write',
  ]);
  const [upload] = spans().toReversed();
  expect(upload?.kind).toBe(SpanKind.INTERNAL);
  expect(upload?.status.code).toBe(SpanStatusCode.UNSET);
  expect(upload?.instrumentationScope.name).toBe('@artifacts/otel');
  expect(upload?.attributes).toEqual({
    'artifacts.operation': 'upload',
    'artifacts.store': 'blue',
    'artifacts.backend': 'memory',
    'artifacts.outcome': 'ok',
    'artifacts.bytes': 5,
    'artifacts.requests': 4,
    'artifacts.retries': 0,
    'artifacts.cache_hits': 0,
    'artifacts.generation': 1,
    'artifacts.key_id': 'k1',
  });
  const [call] = spans();
  expect([call?.kind, call?.attributes]).toEqual([
    SpanKind.CLIENT,
    { 'artifacts.backend': 'memory', 'artifacts.storage.call': 'capabilities' },
  ]);
});

test('every operation has its span, a download until its content was read', async () => {
  using tracing = traced();
  const { store, spans } = tracing;
  await store.upload('a', new Uint8Array(2 * mebibyte));

  const download = await store.download('a');
  const before = spans().length;
  await download.bytes();
  await download.bytes();
  for await (const _ of store.list()) break;
  await store.namespace('n').page();
  await store.update('a', { metadata: { checked: true } });
  await store.delete('a');
  await store.sweep();
  await store.healthCheck();

  expect(
    spans()
      .slice(before)
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('artifacts storage')),
  ).toEqual(
    ['download', 'download', 'list', 'page', 'update', 'delete', 'sweep', 'healthCheck'].map(
      (operation) => `artifacts ${operation}`,
    ),
  );
});

test('ids, namespaces, digests and keys are recorded only when asked for', async () => {
  const told = async (recordIds: boolean | undefined) => {
    using tracing = traced({}, { recordIds });
    await tracing.store.namespace('tenant-7').upload('private/name', 'x'.repeat(100_000));
    await tracing.store.safe.download('private/other');
    return inspect(
      tracing.spans().map(({ attributes, status, events }) => ({ attributes, status, events })),
      {
        depth: 9,
        maxArrayLength: 999,
      },
    );
  };

  for (const quiet of [await told(undefined), await told(false)])
    expect(quiet).not.toMatch(/tenant-7|private|[0-9a-f]{64}/);
  const open = await told(true);
  for (const part of [
    "'artifacts.namespace': 'tenant-7'",
    "'artifacts.id': 'private/name'",
    "'artifacts.storage.key': 'ns/tenant-7/records/private/name'",
    "'artifacts.sha256':",
  ])
    expect(open).toContain(part);
});

test('I-23 a failure is recorded with its code and without its message', async () => {
  const backend = wrapBackend(memoryBackend(), {
    read: () => Promise.reject(new ArtifactError('ACCESS_DENIED', 'no right to read /srv/secret')),
  });
  using tracing = traced({ backend });

  await tracing.store.safe.getMetadata('a');

  for (const { attributes, status, events } of tracing.spans()) {
    expect(attributes['error.type']).toBe('ACCESS_DENIED');
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'ACCESS_DENIED' });
    expect(events.map((event) => [event.name, event.attributes])).toEqual([
      ['exception', { 'exception.type': 'ACCESS_DENIED' }],
    ]);
  }
  expect(tracing.spans().map(({ name }) => name)).toEqual(['artifacts storage read', 'artifacts getMetadata']);
  expect(inspect(tracing.spans(), { depth: 9 })).not.toContain('/srv/secret');
});

test('a call that fails and is made again is a span each time, below an operation that ends well', async () => {
  const inner = memoryBackend();
  let left = 2;
  const backend = wrapBackend(inner, {
    read: (key, options) => {
      left -= 1;
      return left >= 0 ? Promise.reject(new ArtifactError('UNAVAILABLE', 'away')) : inner.read(key, options);
    },
  });
  using tracing = traced({ backend, sleep: async () => undefined });

  await tracing.store.getMetadata('a');

  expect(tracing.spans().map(({ name, status }) => [name, status.code])).toEqual([
    ['artifacts storage read', SpanStatusCode.ERROR],
    ['artifacts storage read', SpanStatusCode.ERROR],
    ['artifacts storage read', SpanStatusCode.UNSET],
    ['artifacts getMetadata', SpanStatusCode.UNSET],
  ]);
  expect(tracing.spans().at(-1)?.attributes['artifacts.retries']).toBe(2);
});

test('a condition that does not hold is an answer of the storage, and a failure of an operation that set it', async () => {
  using tracing = traced();
  const { store, spans } = tracing;
  await store.upload('a', 'one');

  await store.upload('a', 'two');
  await store.safe.upload('a', 'three', { ifGeneration: 0 });

  const refused = spans().filter(({ attributes }) => attributes['error.type'] === 'PRECONDITION_FAILED');
  expect(refused.map(({ name, status }) => [name, status.code])).toEqual([
    ['artifacts storage write', SpanStatusCode.UNSET],
    ['artifacts storage write', SpanStatusCode.UNSET],
  ]);
  const uploads = spans().filter(({ name }) => name === 'artifacts upload');
  expect(uploads.map(({ status }) => status.message)).toEqual([undefined, undefined, 'ALREADY_EXISTS']);
});

test('an abort is neither a success nor a failure', async () => {
  const backend = wrapBackend(memoryBackend(), { read: () => new Promise(() => undefined) });
  using tracing = traced({ backend });
  const controller = new AbortController();
  const reading = tracing.store.getMetadata('a', { signal: controller.signal }).catch((error: unknown) => error);

  controller.abort(new Error('enough'));
  await reading;

  expect(tracing.spans().map(({ name, status, events }) => [name, status.code, events.length])).toEqual([
    ['artifacts storage read', SpanStatusCode.UNSET, 0],
    ['artifacts getMetadata', SpanStatusCode.UNSET, 0],
  ]);
  expect(tracing.spans()[1]?.attributes['artifacts.outcome']).toBe('aborted');
});

/** An operation within a span of its caller's, with one of its backend's. */
async function nested(): Promise<string[]> {
  const inner = memoryBackend();
  const span = (name: string) => trace.getTracer('user').startSpan(name).end();
  const backend = wrapBackend(inner, {
    read: async (key, options) => {
      await turn();
      span('request of the backend');
      return inner.read(key, options);
    },
  });
  using tracing = traced({ backend });
  trace.setGlobalTracerProvider(tracing.provider);
  try {
    await trace.getTracer('user').startActiveSpan('request', async (request) => {
      await tracing.store.getMetadata('a');
      span('next step');
      request.end();
    });
  } finally {
    trace.disable();
  }
  return treeOf(tracing.spans());
}

test("an operation is a child of its caller's span, and is not active any more when it has ended", async () => {
  const tree = await nested();

  expect(tree.filter((line) => !line.includes('backend'))).toEqual([
    'request',
    '  artifacts getMetadata',
    '    artifacts storage read',
    '  next step',
  ]);
});

test('what the backend itself traces is below its call', async ({ skip }) => {
  let ran = false;
  const store = new (class extends AsyncLocalStorage<unknown> {
    override run<R>(_: unknown, work: () => R): R {
      ran = true;
      return work();
    }
  })();
  const probe = channel('artifacts:test:probe');
  probe.bindStore(store);
  probe.runStores({}, () => undefined);
  if (!ran) skip('this Node enters a storage without its run, which nobody can have a context manager do');

  expect((await nested()).slice(0, 4)).toEqual([
    'request',
    '  artifacts getMetadata',
    '    artifacts storage read',
    '      request of the backend',
  ]);
});

test('of many operations at once none gets the children of another, nor the parent', async () => {
  const inner = memoryBackend();
  let reads = 0;
  const backend = wrapBackend(inner, {
    read: async (key, options) => {
      reads += 1;
      for (let turns = (reads * 7) % 5; turns > 0; turns -= 1) await turn();
      return inner.read(key, options);
    },
  });
  using tracing = traced({ backend }, { recordIds: true });
  const { store, provider, spans } = tracing;
  await store.ready();
  const before = spans().length;
  const ids = Array.from({ length: 100 }, (_, n) => `id-${n}`);
  const tracer = provider.getTracer('user');

  await Promise.all(
    ids.map((id) =>
      tracer.startActiveSpan(id, async (request) => {
        await store.upload(id, 'x'.repeat(70_000));
        await (await store.download(id)).bytes();
        request.end();
      }),
    ),
  );

  const all = spans().slice(before);
  const byId = new Map(all.map((span) => [span.spanContext().spanId, span]));
  const requests = all.filter(({ name }) => name.startsWith('id-'));
  expect(requests.length).toBe(100);
  const parentOf = ({ parentSpanContext }: ReadableSpan) => byId.get(parentSpanContext?.spanId ?? '');
  const operations = all.filter(({ attributes }) => 'artifacts.id' in attributes);
  expect(operations.length).toBe(200);
  expect(operations.filter((span) => parentOf(span)?.name !== span.attributes['artifacts.id'])).toEqual([]);
  const keyOf = ({ attributes }: ReadableSpan) => String(attributes['artifacts.storage.key']);
  const idOf = (span: ReadableSpan) => String(parentOf(span)?.attributes['artifacts.id']);
  const records = all.filter((span) => keyOf(span).startsWith('records/'));
  expect(records.length).toBe(200);
  expect(records.filter((span) => keyOf(span) !== `records/${idOf(span)}`)).toEqual([]);
  const requestOf = (span: ReadableSpan): ReadableSpan => {
    const parent = parentOf(span);
    return parent === undefined ? span : requestOf(parent);
  };
  const tops = all.map((span) => [span.spanContext().traceId, requestOf(span)] as const);
  expect(tops.filter(([traceId, top]) => top.spanContext().traceId !== traceId)).toEqual([]);
  expect(new Set(tops.map(([, { name }]) => name))).toEqual(new Set(ids));
});

test('without a context manager the children still find their operation', async () => {
  context.disable();
  try {
    using tracing = traced();

    await Promise.all([tracing.store.getMetadata('a'), tracing.store.getMetadata('b')]);

    const one = ['artifacts getMetadata', '  artifacts storage read'];
    expect(treeOf(tracing.spans())).toEqual([...one, ...one]);
  } finally {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }
});

test('without storage calls there are operations only', async () => {
  using tracing = traced({}, { storageCalls: false });

  await tracing.store.upload('a', 'x');

  expect(tracing.spans().map(({ name }) => name)).toEqual(['artifacts upload']);
});

test('who stops hears no more, and nothing listens any more', async () => {
  const names = ['operation', 'storage'].flatMap((name) => [`${name}:start`, `${name}:asyncEnd`]);
  const heard = () => names.filter((name) => channel(`tracing:artifacts:${name}`).hasSubscribers);
  expect(heard()).toEqual([]);
  using one = traced();
  const other = traced();
  const download = await one.store.download('a').catch((error: unknown) => isArtifactError(error, 'NOT_FOUND'));
  expect(download).toBe(true);
  expect([heard(), one.spans().length, other.spans().length]).toEqual([names, 2, 2]);

  other.tracing.stop();
  other.tracing[Symbol.dispose]();
  await one.store.getMetadata('a');

  expect([heard(), one.spans().length, other.spans().length]).toEqual([names, 4, 2]);
  one.tracing.stop();
  await one.store.getMetadata('a');
  expect([heard(), one.spans().length]).toEqual([[], 4]);
});

test('what is under way when it is stopped ends there, once', async () => {
  using tracing = traced();
  await tracing.store.upload('a', new Uint8Array(2 * mebibyte));
  const before = tracing.spans().length;
  const download = await tracing.store.download('a');

  tracing.tracing.stop();
  await download.bytes();

  expect(
    tracing
      .spans()
      .slice(before)
      .map(({ name }) => name),
  ).toEqual(['artifacts storage read', 'artifacts download']);
  expect(tracing.spans().at(-1)?.attributes).not.toHaveProperty('artifacts.outcome');
});

test('downloads that somebody keeps and never reads take no more than so much memory', async () => {
  using tracing = traced({}, { storageCalls: false });
  const { store, spans } = tracing;
  await store.upload('a', 'x');
  const kept = [await store.download('a'), await store.download('a')];
  const names = () => spans().map(({ name }) => name);
  // As many more as may be open, without what it costs to open them.
  const start = channel('tracing:artifacts:operation:start');
  for (let n = 1; n < 10_000; n += 1)
    start.publish({
      start: { operationId: String(n), operation: 'page', store: 'main', backend: 'memory', startedAt: 0 },
    });

  expect(names()).toEqual(['artifacts upload', 'artifacts download']);
  await store.download('a');
  expect(names()).toEqual(['artifacts upload', 'artifacts download', 'artifacts download']);
  for (const download of kept) expect(await download.text()).toBe('x');
  expect(names().length).toBe(3);
});

test('a tracer that throws changes no outcome, and becomes one warning', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const broken = {
    startSpan: () => {
      throw new Error('no room for spans');
    },
  };
  using tracing = traced({}, { tracer: broken as never });

  await tracing.store.upload('a', 'hello');
  expect(await (await tracing.store.download('a')).text()).toBe('hello');

  expect(warnings.mock.calls).toEqual([
    ['a tracer of the artifact store threw: no room for spans; later ones are not told', 'ArtifactTracingWarning'],
  ]);
});

test('a span that is not recorded is as good as any', async () => {
  const tracing = traceArtifacts();
  try {
    using own = traced();
    // Nobody has registered a provider.
    await own.store.upload('a', 'x');
    expect(own.spans().length).toBe(5);
  } finally {
    tracing.stop();
  }
});

test.each([
  ['tracer', {}],
  ['tracerProvider', null],
  ['recordIds', 'yes'],
  ['storageCalls', 1],
])('the option %s is refused when it is %j', (field, value) => {
  let error: unknown;
  try {
    traceArtifacts({ [field]: value });
  } catch (thrown) {
    error = thrown;
  }

  expect(error).toMatchObject({ code: 'CONFIGURATION', field });
  expect(channel('tracing:artifacts:operation:start').hasSubscribers).toBe(false);
});
