import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test, vi } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { healthHandler, type HealthHandler, type HealthHandlerOptions } from './health-handler.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactReader } from './reader.ts';
import { Clock, keyringOf, open, refusalOf, second, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** Serves the probes by themselves, 404 for the rest. */
async function serve(handler: HealthHandler) {
  const server = createServer((request, response) => {
    if (!handler(request, response)) response.writeHead(404).end();
  });
  servers.push(server);
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
}

/** A store whose backend counts its checks and is `checked` by them. */
async function probed(check: ArtifactBackend['check'], options: HealthHandlerOptions = {}) {
  const clock = new Clock();
  let checks = 0;
  const backend = wrapBackend(memoryBackend(), {
    check: (given) => {
      checks += 1;
      return check(given);
    },
  });
  const { store } = open({ backend, clock, label: 'shop' });
  const ask = await serve(healthHandler(store, { monotonic: () => clock.steady, ...options }));
  return { ask, clock, store, checks: () => checks };
}

const down = () => Promise.reject(new ArtifactError('UNAVAILABLE', 'nobody at /srv/secret/path'));

test('a process is live whatever its storage does, and ready when every store is healthy', async () => {
  const well = open().store;
  const ill = open({ backend: wrapBackend(memoryBackend(), { check: down }) }).store;
  const [one, both] = await Promise.all([serve(healthHandler(well)), serve(healthHandler([well, ill]))]);

  for (const ask of [one, both]) expect(await ask('/livez')).toMatchObject({ status: 200, body: 'ok\n' });
  expect(await one('/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
  expect(await both('/readyz')).toMatchObject({ status: 503, body: 'unavailable\n' });
  expect((await one('/readyz')).headers.get('cache-control')).toBe('no-store');
});

test('a probe that was answered by somebody else meanwhile ends nothing', async () => {
  const { store } = open();
  const handler = healthHandler(store);
  const answered = vi.fn<() => never>(() => {
    throw Object.assign(new Error('headers were sent'), { code: 'ERR_HTTP_HEADERS_SENT' });
  });
  const unhandled = vi.fn<() => void>();
  process.on('unhandledRejection', unhandled);

  expect(handler({ method: 'GET', url: '/readyz' }, { writeHead: answered, end: answered })).toBe(true);
  await vi.waitFor(() => expect(answered).toHaveBeenCalledTimes(1));
  await new Promise(setImmediate);

  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test('every other path is left to whoever has it', async () => {
  const ask = await serve(healthHandler(open().store));

  for (const path of ['/', '/readyz/', '/readyz/x', '/livezz', '/a?/livez', '/%6civez'])
    expect((await ask(path)).status, `path ${path}`).toBe(404);
});

test('HEAD has the headers of GET and no body, and anything else is 405', async () => {
  const { ask, checks } = await probed(async () => undefined);

  for (const path of ['/livez', '/readyz']) {
    const [get, head] = [await ask(path), await ask(path, 'HEAD')];
    expect([head.status, head.body, head.headers.get('content-length')]).toEqual([200, '', String(get.body.length)]);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const refused = await ask(path, method);
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  }
  expect(checks()).toBe(1);
});

test('I-23 a verbose answer tells names and codes, and no message', async () => {
  const { ask, store } = await probed(down);
  const namespaced = await serve(healthHandler([store, store.namespace('tenant')], { deep: true }));

  const { status, headers, body } = await ask('/readyz?x=1&verbose');

  expect([status, headers.get('content-type')]).toEqual([503, 'application/json']);
  const checks = [
    { name: 'backend', ok: false, durationMs: 0, code: 'UNAVAILABLE' },
    { name: 'format', ok: true, durationMs: 0 },
    { name: 'signing', ok: true, durationMs: 0 },
  ];
  expect(JSON.parse(body)).toEqual({ ok: false, stores: [{ store: 'shop', ok: false, checks }] });
  expect(JSON.parse((await ask('/livez?verbose=1')).body)).toEqual({ ok: true });
  expect((await ask('/readyz?verboser')).body).toBe('unavailable\n');
  expect(JSON.parse((await namespaced('/readyz?verbose')).body)).toMatchObject({
    stores: [
      { store: 'shop', checks: [{ name: 'backend' }, {}, {}, { name: 'canary', ok: true }, { name: 'clock' }] },
      { store: 'shop', namespace: 'tenant' },
    ],
  });
});

test('a verbose answer tells the code of a warning', async () => {
  const { store } = open({ quota: { maxCount: 1 } });
  await store.upload('a', 'x');
  const ask = await serve(healthHandler(store, { deep: true }));

  const { status, body } = await ask('/readyz?verbose');

  expect(status).toBe(200);
  expect(body).toContain('{"name":"quota","ok":true,"durationMs":0,"warning":"QUOTA_EXCEEDED"}');
});

test('any number of probes make one check, and its result stands for cacheMs, a bad one too', async () => {
  let answer: () => Promise<void> = () => new Promise<void>((resolve) => void setTimeout(resolve, 20));
  const { ask, clock, checks } = await probed(() => answer(), { cacheMs: 1000 });

  const first = await Promise.all(Array.from({ length: 50 }, () => ask('/readyz')));
  expect(first.every(({ status }) => status === 200)).toBe(true);
  expect(checks()).toBe(1);

  answer = down;
  clock.advance(999);
  expect((await ask('/readyz')).status).toBe(200);
  expect(checks()).toBe(1);
  clock.advance(1);
  expect((await ask('/readyz')).status).toBe(503);
  // The store tries four times what may pass.
  expect(checks()).toBe(5);

  answer = async () => undefined;
  clock.advance(999);
  expect((await ask('/readyz')).status).toBe(503);
  clock.advance(1);
  expect((await ask('/readyz')).status).toBe(200);
});

test('I-25 a store that hangs is 503 at the timeout, and is not asked again before it has ended', async () => {
  const { ask, clock, checks } = await probed(() => stalled(), { timeoutMs: 30, cacheMs: 1000 });

  const { status, body } = await ask('/readyz?verbose');

  expect(status).toBe(503);
  expect(JSON.parse(body)).toMatchObject({ stores: [{ checks: [{ name: 'backend', code: 'TIMEOUT' }, {}, {}] }] });
  expect(checks()).toBe(1);
  clock.advance(second);
  expect((await ask('/readyz')).status).toBe(503);
  expect(checks()).toBe(2);
});

test('I-25 a check that outlives its bound is 503 for all who ask, until it ends', async () => {
  const { store } = open({ label: 'shop' });
  const clock = new Clock();
  let end: (() => void) | undefined;
  let checks = 0;
  // No store does that: it stands for one that this release does not know.
  const check = store.healthCheck.bind(store);
  store.healthCheck = async (options) => {
    checks += 1;
    if (checks === 1) await new Promise<void>((resolve) => (end = resolve));
    return check(options);
  };
  const ask = await serve(healthHandler(store, { timeoutMs: 1, cacheMs: 1000, monotonic: () => clock.steady }));

  const waiting = await Promise.all([ask('/readyz?verbose'), ask('/readyz')]);
  const later = await ask('/readyz');

  expect(waiting.map(({ status }) => status)).toEqual([503, 503]);
  expect(waiting[0]?.body).toBe('{"ok":false,"stores":[{"store":"shop","ok":false,"code":"TIMEOUT","checks":[]}]}\n');
  expect(later.status).toBe(503);
  expect(checks).toBe(1);
  end?.();
  await new Promise(setImmediate);
  expect((await ask('/readyz')).status).toBe(200);
  expect(checks).toBe(1);
});

test('a process that accepts nothing any more is not ready, and its stores are left alone', async () => {
  let accepting = true;
  const { ask, checks } = await probed(async () => undefined, { accepting: () => accepting });
  expect((await ask('/readyz')).status).toBe(200);

  accepting = false;

  expect(await ask('/readyz?verbose')).toMatchObject({ status: 503, body: '{"ok":false,"accepting":false}\n' });
  expect((await ask('/livez')).status).toBe(200);
  expect(checks()).toBe(1);
});

test('a closed store is not ready', async () => {
  const { ask, store } = await probed(async () => undefined);
  await store.close();

  const { status, body } = await ask('/readyz?verbose');

  expect(status).toBe(503);
  expect(JSON.parse(body)).toEqual({
    ok: false,
    stores: [{ store: 'shop', ok: false, code: 'CONFIGURATION', checks: [] }],
  });
});

test('I-28 a reader is looked at without a write, and a handler that would write by it is refused', async () => {
  const { backend, calls } = watched(memoryBackend());
  const reader = new ArtifactReader({ backend, signing: keyringOf('k1'), audience: 'test' });
  const ask = await serve(healthHandler(reader));

  expect((await ask('/readyz')).status).toBe(200);
  expect(calls.map(({ call }) => call).toSorted()).toEqual(['check', 'read']);
  expect(refusalOf(() => healthHandler(reader, { deep: true }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'deep',
  });
});

test.each([
  ['cacheMs', -1],
  ['cacheMs', 0.5],
  ['timeoutMs', 0],
  ['timeoutMs', Number.POSITIVE_INFINITY],
  ['deep', 'yes'],
])('the option %s is refused when it is %s', (field, value) => {
  const { store } = open();

  expect(refusalOf(() => healthHandler(store, { [field]: value }))).toMatchObject({ code: 'INVALID_ARGUMENT', field });
});

test('no store, or none of ours, is refused', () => {
  for (const stores of [[], [{ healthCheck: async () => ({ ok: true, checks: [] }) }]])
    expect(refusalOf(() => healthHandler(stores as never))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      field: 'stores',
    });
});
