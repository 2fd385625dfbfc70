import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, test } from 'vitest';

import { content, holds, inChunks, throughProxy } from '../test/support/through-proxy.ts';

/** The commands of the client leave this behind in every request. */
const ofCommands = { fault: 'delay', ms: 1, header: 'amz-sdk-request', kind: ['GetObject', 'PutObject'] } as const;

describeS3('requests past the commands of the client', (server) => {
  test('carry objects, with keys of every character and with conditions', async ({ skip }) => {
    const { proxy, claims, backend, direct } = await throughProxy(server);
    skip(!claims.createIfAbsent, 'the server cannot create if absent');
    const commands = proxy.inject(ofCommands);
    const key = 'a/=2e=2e/._-=/0';
    const { version } = await backend.write(key, content(70_000), { condition: { absent: true } });
    expect(await holds(backend, key, content(70_000))).toBe(true);
    expect(await backend.read(key, { ifChanged: version })).toMatchObject({ status: 'unchanged' });
    await expect(backend.write(key, content(5), { condition: { absent: true } })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    expect(await holds(direct, key, content(70_000))).toBe(true);
    expect(commands.hits).toBe(0);
    expect(proxy.requests.byKind).toMatchObject({ PutObject: 2, GetObject: 2 });
  });

  test('have the checksums that are asked for, and servers take them', async () => {
    const { proxy, backend, open } = await throughProxy(server);
    const bytes = content(1000);
    const checked = proxy.inject({ fault: 'delay', ms: 1, header: 'x-amz-checksum-crc32' });
    const digested = proxy.inject({ fault: 'delay', ms: 1, header: 'content-md5' });
    await backend.write('none', bytes);
    expect([checked.hits, digested.hits]).toEqual([0, 0]);
    const careful = open({ checksums: 'always', contentMd5: true });
    await careful.write('both', bytes);
    expect([checked.hits, digested.hits]).toEqual([1, 1]);
    await careful.write('parts', inChunks(content(9 * 1024 * 1024)));
    expect([checked.hits, digested.hits]).toEqual([3, 3]);
    expect(await holds(backend, 'both', bytes)).toBe(true);
    expect(await holds(backend, 'parts', content(9 * 1024 * 1024))).toBe(true);
  });

  test('are refused by the server when their bytes were changed on the way', async () => {
    const { proxy, backend, direct } = await throughProxy(server);
    proxy.inject({ fault: 'corrupt', of: 'request', atByte: 3, kind: 'PutObject' });
    await expect(backend.write('key', content(1000))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await direct.read('key')).status).toBe('absent');
  });
});
