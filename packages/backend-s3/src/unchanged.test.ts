import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, test } from 'vitest';

import { content, throughProxy } from '../test/support/through-proxy.ts';

describeS3('an object that did not change', (server) => {
  test('is one request, whatever the server tells of it', async () => {
    const { proxy, backend } = await throughProxy(server);
    const { version } = await backend.write('key', content(1000));
    const found = await backend.read('key');
    const known = { range: { start: 0, end: 8192 }, ifChanged: version };
    // The first answer may show that the server tells too little.
    await backend.read('key', known);
    proxy.clear();
    const info = found.status === 'found' ? found.info : undefined;
    for (let time = 1; time <= 3; time += 1) {
      expect(await backend.read('key', known)).toEqual({ status: 'unchanged', info });
      expect(proxy.requests.byKind).toEqual({ GetObject: time });
    }
  });

  test('is told from one that did, also when the same bytes were written in between', async () => {
    const { backend } = await throughProxy(server);
    const { version } = await backend.write('key', content(1000));
    const known = { range: { start: 0, end: 8192 }, ifChanged: version };
    await backend.read('key', known);
    await backend.write('key', content(1000));
    expect(await backend.read('key', known)).toMatchObject({ status: 'unchanged', info: { version } });
    await backend.write('key', content(1000, 2));
    expect((await backend.read('key', known)).status).toBe('found');
  });

  test('is unchanged on a server that does not know the question', async () => {
    const { proxy, backend } = await throughProxy(server);
    const { version } = await backend.write('key', content(1000));
    proxy.inject({ fault: 'dropRequestHeaders', names: ['if-none-match'] });
    const known = { range: { start: 0, end: 8192 }, ifChanged: version };
    expect((await backend.read('key', known)).status).toBe('unchanged');
  });
});
