import { getEventListeners } from 'node:events';

import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, test } from 'vitest';

import { rejection } from '../test/support/rejection.ts';
import { bytesAt, content, holds, inChunks, throughProxy } from '../test/support/through-proxy.ts';

const MiB = 1024 * 1024;
const bytes = content(20 * MiB);
const hour = 3_600_000;

describeS3('a stream of several parts', (server) => {
  test('is three parts of which all but the last have one size, and one object', async () => {
    const { proxy, backend, direct, unfinished } = await throughProxy(server);
    const written = await backend.write('key', inChunks(bytes));
    expect(proxy.requests.byKind).toMatchObject({
      CreateMultipartUpload: 1,
      UploadPart: 3,
      CompleteMultipartUpload: 1,
    });
    expect(proxy.requests.byKind.PutObject).toBeUndefined();
    expect(written.size).toBe(bytes.length);
    expect(await holds(direct, 'key', bytes)).toBe(true);
    expect(await unfinished()).toEqual([]);
  });

  test('that ends within a part is one request, and so is one that ends with it', async () => {
    const { proxy, backend, direct } = await throughProxy(server);
    for (const size of [0, 5, 8 * MiB]) {
      for (const declared of [undefined, size]) {
        proxy.clear();
        await backend.write('key', inChunks(bytes.subarray(0, size)), { size: declared });
        expect(proxy.requests.byKind).toEqual({ PutObject: 1 });
        expect(await holds(direct, 'key', bytes.subarray(0, size))).toBe(true);
      }
    }
  });

  test.each([
    { fault: 'answer', status: 500, code: 'InternalError' },
    { fault: 'answer', status: 503, code: 'SlowDown' },
    { fault: 'reset', when: 'before' },
    { fault: 'reset', when: 'after' },
    { fault: 'corrupt', of: 'request', atByte: 100 },
  ] as const)('is stored although one part fails with %j', async (fault) => {
    const { proxy, backend, direct, unfinished } = await throughProxy(server);
    const injected = proxy.inject({ ...fault, kind: 'UploadPart', nth: 2, times: 1 });
    await backend.write('key', inChunks(bytes));
    expect(injected.hits).toBe(1);
    expect(proxy.requests.byKind.UploadPart).toBe(4);
    expect(await holds(direct, 'key', bytes)).toBe(true);
    expect(await unfinished()).toEqual([]);
  });

  test.each([
    { fault: 'reset', when: 'after' },
    { fault: 'answer', status: 500, code: 'InternalError', when: 'after' },
    { fault: 'answer', status: 200, code: 'InternalError', when: 'after' },
    { fault: 'answer', status: 200, code: 'InternalError' },
  ] as const)('I-17 is stored although its completion was answered by %j', async (fault) => {
    const { proxy, backend, direct, unfinished } = await throughProxy(server);
    const injected = proxy.inject({ ...fault, kind: 'CompleteMultipartUpload', times: 1 });
    // What it looks for then may be busy, too.
    proxy.inject({ fault: 'answer', status: 409, code: 'OperationAborted', kind: 'HeadObject', times: 2 });
    const { version } = await backend.write('key', inChunks(bytes));
    expect(injected.hits).toBe(1);
    expect(await holds(direct, 'key', bytes)).toBe(true);
    expect(await direct.read('key')).toMatchObject({ info: { version } });
    expect(await unfinished()).toEqual([]);
  });

  test('I-7 leaves no part and no object when parts fail for good', async () => {
    const { proxy, backend, direct, unfinished } = await throughProxy(server);
    proxy.inject({ fault: 'answer', status: 403, code: 'ExpiredToken', kind: 'UploadPart', nth: 2 });
    const error = await rejection('ACCESS_DENIED', backend.write('key', inChunks(bytes)));
    expect(error.message).toContain('the credentials have expired');
    expect(await unfinished()).toEqual([]);
    expect(await bytesAt(direct, 'key')).toBeUndefined();
  });

  test('I-7 leaves no part and no object when its body fails, also when dropping them fails at first', async () => {
    const { proxy, backend, direct, unfinished } = await throughProxy(server);
    const reason = new Error('no more');
    async function* failing() {
      yield* inChunks(bytes);
      throw reason;
    }
    const injected = proxy.inject({ fault: 'answer', status: 503, kind: 'AbortMultipartUpload', times: 2 });
    await expect(backend.write('key', failing())).rejects.toBe(reason);
    expect(injected.hits).toBe(2);
    expect(await unfinished()).toEqual([]);
    expect(await bytesAt(direct, 'key')).toBeUndefined();
  });

  test('of another size than declared is refused, and no part stays', async () => {
    const { backend, direct, unfinished } = await throughProxy(server);
    for (const size of [bytes.length - 1, bytes.length + 1, 9 * MiB]) {
      await rejection('INVALID_ARGUMENT', backend.write('key', inChunks(bytes), { size }));
    }
    expect(await unfinished()).toEqual([]);
    expect(await bytesAt(direct, 'key')).toBeUndefined();
  });

  test.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const)(
    'I-25 aborted during %s settles within a second, and leaves no part and no listener',
    async (kind) => {
      const { proxy, backend, direct, unfinished } = await throughProxy(server);
      const controller = new AbortController();
      const reason = new Error('stopped');
      const held = proxy.inject({ fault: 'delay', ms: 300, kind });
      const write = backend.write('key', inChunks(bytes), { signal: controller.signal });
      write.catch(() => undefined);
      while (held.hits === 0) await new Promise(setImmediate);
      const abortedAt = performance.now();
      controller.abort(reason);
      await expect(write).rejects.toBe(reason);
      expect(performance.now() - abortedAt).toBeLessThan(1000);
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      // What was on its way may still come to be, and is dropped then; a completion that was on its way may win.
      while ((await unfinished()).length > 0) await new Promise(setImmediate);
      const found = await bytesAt(direct, 'key');
      expect(found === undefined || (kind === 'CompleteMultipartUpload' && found.equals(bytes))).toBe(true);
    },
  );

  test('I-25 aborted while a failed one is tidied up does not wait for the end of that', async () => {
    const { proxy, backend } = await throughProxy(server);
    const controller = new AbortController();
    proxy.inject({ fault: 'answer', status: 403, code: 'AccessDenied', kind: 'UploadPart' });
    const held = proxy.inject({ fault: 'delay', ms: 60_000, kind: 'AbortMultipartUpload' });
    const write = backend.write('key', inChunks(bytes), { signal: controller.signal });
    write.catch(() => undefined);
    while (held.hits === 0) await new Promise(setImmediate);
    const abortedAt = performance.now();
    controller.abort(new Error('stopped'));
    await rejection('ACCESS_DENIED', write);
    // That goes on for ten.
    expect(performance.now() - abortedAt).toBeLessThan(5000);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('I-8 what was created after an abort and could not be dropped is found by the same backend', async () => {
    const { proxy, backend, unfinished } = await throughProxy(server);
    const controller = new AbortController();
    const denied = proxy.inject({ fault: 'answer', status: 403, code: 'AccessDenied', kind: 'AbortMultipartUpload' });
    const held = proxy.inject({ fault: 'delay', ms: 300, kind: 'CreateMultipartUpload' });
    const write = backend.write('key', inChunks(bytes), { signal: controller.signal });
    write.catch(() => undefined);
    while (held.hits === 0) await new Promise(setImmediate);
    const reason = new Error('stopped');
    controller.abort(reason);
    await expect(write).rejects.toBe(reason);
    while (denied.hits === 0) await new Promise(setImmediate);
    expect(await unfinished()).toEqual(['key']);
    proxy.clear();
    // The refusal may still be on its way.
    const left = async () => {
      await backend.discardUnfinished(new Date(Date.now() + hour));
      return unfinished();
    };
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('I-8 what a server did not drop is found by its age, and what is in progress stays', async () => {
    const { proxy, backend, unfinished } = await throughProxy(server);
    proxy.inject({ fault: 'answer', status: 403, code: 'AccessDenied', kind: 'AbortMultipartUpload' });
    proxy.inject({ fault: 'answer', status: 403, code: 'AccessDenied', kind: 'UploadPart', key: /left$/ });
    await rejection('ACCESS_DENIED', backend.write('left', inChunks(bytes)));
    expect(await unfinished()).toEqual(['left']);
    proxy.clear();
    await backend.discardUnfinished(new Date(Date.now() - hour));
    expect(await unfinished()).toEqual(['left']);

    async function* swept() {
      yield* inChunks(bytes);
      await backend.discardUnfinished(new Date(Date.now() + hour));
      yield bytes.subarray(0, MiB);
    }
    await backend.write('key', swept());
    expect(await unfinished()).toEqual([]);
    expect((await bytesAt(backend, 'key'))?.length).toBe(21 * MiB);
  });
});
