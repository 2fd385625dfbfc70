import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, test } from 'vitest';

import { rejection } from '../test/support/rejection.ts';
import { bytesAt, bytesOf, content, holds, throughProxy } from '../test/support/through-proxy.ts';

const MiB = 1024 * 1024;
const bytes = content(20 * MiB + 7);

describeS3('a large object', (server) => {
  test('is one request for its first bytes, and one for each part of the rest', async () => {
    const { proxy, backend } = await throughProxy(server);
    await backend.write('key', bytes);
    proxy.clear();
    const result = await backend.read('key');
    expect(proxy.requests.byKind).toEqual({ GetObject: 1 });
    expect((await bytesOf(result)).equals(bytes)).toBe(true);
    expect(proxy.requests.byKind).toEqual({ GetObject: 7 });
  });

  test.each([
    { fault: 'truncate', atByte: 100_000 },
    { fault: 'stall', atByte: 100_000 },
    { fault: 'reset', when: 'after' },
    { fault: 'reset', when: 'before' },
    { fault: 'answer', status: 503, code: 'SlowDown' },
  ] as const)('I-1 is whole although parts of it come with %j', async (fault) => {
    // A server that is slow for once has no such time to make up for.
    const impatience = fault.fault === 'stall' ? { idleTimeoutMs: 1500 } : {};
    const { proxy, backend, direct } = await throughProxy(server, impatience);
    await direct.write('key', bytes);
    const injected = proxy.inject({ ...fault, kind: 'GetObject', nth: 2, times: 3 });
    expect(await holds(backend, 'key', bytes)).toBe(true);
    expect(injected.hits).toBe(3);
  });

  test('I-25 that stalls for good ends with an error that passes', async () => {
    const { proxy, backend, direct } = await throughProxy(server, { idleTimeoutMs: 50 });
    await direct.write('key', bytes);
    proxy.inject({ fault: 'stall', atByte: 0, kind: 'GetObject', nth: 2 });
    const error = await rejection('UNAVAILABLE', bytesAt(backend, 'key'));
    expect(error.retryable).toBe(true);
  });

  test('I-6 that is replaced between two parts is SUPERSEDED', async () => {
    const { backend, direct } = await throughProxy(server);
    await direct.write('key', bytes);
    const result = await backend.read('key');
    await direct.write('key', content(bytes.length, 2));
    await rejection('SUPERSEDED', bytesOf(result));
  });

  test('is read whole from a server that ignores ranges, and its middle is refused', async () => {
    const { proxy, backend, direct } = await throughProxy(server);
    await direct.write('key', bytes.subarray(0, MiB));
    proxy.inject({ fault: 'dropRequestHeaders', names: ['range'] });
    expect(await holds(backend, 'key', bytes.subarray(0, MiB))).toBe(true);
    await rejection('BACKEND', backend.read('key', { range: { start: 5, end: 10 } }));
  });

  test('gives no more than its range when the server gives more', async () => {
    const { proxy, backend, direct } = await throughProxy(server);
    await direct.write('key', bytes.subarray(0, MiB));
    proxy.inject({ fault: 'lengthen', bytes: 1000, kind: 'GetObject' });
    const result = await backend.read('key', { range: { start: 10, end: 20 } });
    expect((await bytesOf(result)).equals(bytes.subarray(10, 20))).toBe(true);
  });
});
