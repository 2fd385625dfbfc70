import { wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { expect, test } from 'vitest';

import { serve } from './service.test-helper.ts';

test('probes need no token, and tell nothing of what is stored', async () => {
  const { ask } = await serve({ health: { deep: true } });

  for (const path of ['/livez', '/readyz'])
    expect(await ask(path, { token: undefined })).toMatchObject({ status: 200 });
  expect(JSON.parse((await ask('/readyz?verbose', { token: undefined })).body)).toMatchObject({
    ok: true,
    stores: [{ store: 'main', checks: [{ name: 'backend' }, {}, {}, { name: 'canary' }, { name: 'clock' }] }],
  });
});

test('I-25 while the storage hangs the service is live and not ready, and ready again afterwards', async () => {
  const inner = memoryBackend();
  let hangs = true;
  let clock = 0;
  let checks = 0;
  const backend = wrapBackend(inner, {
    check: (options) => {
      checks += 1;
      return hangs ? new Promise(() => undefined) : inner.check(options);
    },
  });
  const { ask } = await serve({ health: { timeoutMs: 50, cacheMs: 1000, monotonic: () => clock } }, { backend });

  const probes = await Promise.all(Array.from({ length: 20 }, () => ask('/readyz')));

  expect(probes.map(({ status }) => status)).toEqual(Array<number>(20).fill(503));
  expect(checks).toBe(1);
  expect((await ask('/livez')).status).toBe(200);
  hangs = false;
  expect((await ask('/readyz')).status).toBe(503);
  clock += 1000;
  expect((await ask('/readyz')).status).toBe(200);
});

test('another handler answers before the artifacts, and after the probes', async () => {
  const { ask } = await serve({
    handlers: [
      ({ url }, response) => {
        if (url !== '/metrics' && url !== '/livez') return false;
        response.end('artifact_count_total 0\n');
        return true;
      },
    ],
  });

  expect((await ask('/metrics', { token: undefined })).body).toBe('artifact_count_total 0\n');
  expect((await ask('/livez')).body).toBe('ok\n');
  expect((await ask('/artifacts/a')).status).toBe(404);
});
