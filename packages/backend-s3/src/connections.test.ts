import { setMaxListeners } from 'node:events';

import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, test } from 'vitest';

import { rejection } from '../test/support/rejection.ts';
import { content, holds, throughProxy } from '../test/support/through-proxy.ts';

const MiB = 1024 * 1024;

describeS3('connections', (server) => {
  test('carry what is slow but never stands still', async () => {
    // Longer than the buffers of the system, which are out of sight, take to run empty.
    const patience = 1900;
    const { proxy, backend, direct } = await throughProxy(server, { idleTimeoutMs: patience });
    const bytes = content(16 * MiB);
    const slow = proxy.inject({ fault: 'bandwidth', bytesPerSecond: 4 * MiB, kind: 'PutObject' });
    const startedAt = performance.now();
    await backend.write('key', bytes);
    expect(slow.hits).toBe(1);
    expect(performance.now() - startedAt).toBeGreaterThan(2 * patience);
    expect(await holds(direct, 'key', bytes)).toBe(true);
  });

  test('I-25 end when an answer does not come', async () => {
    const { proxy, backend } = await throughProxy(server, { idleTimeoutMs: 200 });
    proxy.inject({ fault: 'delay', ms: 60_000, kind: ['PutObject', 'GetObject', 'HeadObject', 'ListObjectsV2'] });
    await rejection('UNAVAILABLE', backend.write('key', content(5)));
    await rejection('UNAVAILABLE', backend.read('key'));
    await rejection('UNAVAILABLE', backend.read('key', { range: { start: 0, end: 0 } }));
    await rejection('UNAVAILABLE', backend.list({ prefix: '' })[Symbol.asyncIterator]().next());
  });

  test('I-25 end with the backend, and are not replaced', async () => {
    const { proxy, backend } = await throughProxy(server);
    await backend.write('key', content(5));
    proxy.clear();
    await backend.close();
    for (const work of [backend.read('key'), backend.write('key', content(5)), backend.delete('key')])
      await expect(work).rejects.toMatchObject({ code: 'UND_ERR_DESTROYED' });
    expect(proxy.requests.byKind).toEqual({});
  });

  test('are not waited for by what was aborted', async () => {
    const { proxy, backend } = await throughProxy(server);
    await backend.write('key', content(5));
    proxy.inject({ fault: 'delay', ms: 60_000, kind: 'GetObject', times: 130 });
    const stalled = new AbortController();
    setMaxListeners(0, stalled.signal);
    const waiting = Array.from({ length: 130 }, () => backend.read('key', { signal: stalled.signal }));
    const reason = new Error('enough');
    const settled = Promise.allSettled(waiting);
    await expect.poll(() => proxy.requests.byKind['GetObject']).toBe(128);
    stalled.abort(reason);
    expect((await settled).every((one) => one.status === 'rejected' && one.reason === reason)).toBe(true);
    proxy.clear();
    expect(await holds(backend, 'key', content(5))).toBe(true);
    // The two that had no connection yet were never sent.
    expect(proxy.requests.byKind).toEqual({ GetObject: 1 });
  });
});
