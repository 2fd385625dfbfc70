import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, test } from 'vitest';

import { rejection } from '../test/support/rejection.ts';
import { bytesAt, content, holds, inChunks, throughProxy } from '../test/support/through-proxy.ts';

const bytes = content(9 * 1024 * 1024);

describeS3('I-25 a request that stalls on its way to the server', (server) => {
  test('ends at the idle timeout, and stores nothing', async () => {
    const { proxy, backend, direct } = await throughProxy(server, { idleTimeoutMs: 1000 });
    await direct.write('key', content(5));
    for (const atByte of [0, 1000]) {
      const stalled = proxy.inject({ fault: 'stall', atByte, of: 'request', kind: 'PutObject' });
      const error = await rejection('UNAVAILABLE', backend.write('key', bytes));
      expect([error.message.includes('stalled'), stalled.hits]).toEqual([true, 1]);
      stalled.remove();
    }
    expect(await bytesAt(direct, 'key')).toEqual(Buffer.from(content(5)));
  });

  test('is made again where it was a part', async () => {
    const { proxy, backend, direct, unfinished } = await throughProxy(server, { idleTimeoutMs: 3000 });
    const stalled = proxy.inject({ fault: 'stall', atByte: 1000, of: 'request', kind: 'UploadPart', times: 1 });
    await backend.write('key', inChunks(bytes));
    expect(stalled.hits).toBe(1);
    expect(await holds(direct, 'key', bytes)).toBe(true);
    expect(await unfinished()).toEqual([]);
  });

  test('I-7 leaves no part and no object when parts stall for good', async () => {
    const { proxy, backend, direct, unfinished } = await throughProxy(server, { idleTimeoutMs: 200 });
    proxy.inject({ fault: 'stall', atByte: 1000, of: 'request', kind: 'UploadPart' });
    await rejection('UNAVAILABLE', backend.write('key', inChunks(bytes)));
    proxy.clear();
    await direct.discardUnfinished(new Date(Date.now() + 3_600_000));
    expect(await unfinished()).toEqual([]);
    expect(await bytesAt(direct, 'key')).toBeUndefined();
  });
});
