import { ArtifactStore, generateKey, keyringFromText } from '@artifacts/core';
import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';

import { rejection } from '../test/support/rejection.ts';
import { content, throughProxy } from '../test/support/through-proxy.ts';
import { passes } from './failures.ts';
import { mediumOf } from './medium.ts';
import { probeClaims } from './probe.ts';

const none = { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false };
const lacking = 'the server cannot create if absent';
const probing = { capabilities: undefined };

describeS3('what a server can do', (server) => {
  test('is probed once for the process, by no reader, and leaves nothing behind', async () => {
    const { proxy, direct, open } = await throughProxy(server, probing);
    await open().read('key');
    await open().check();
    expect(proxy.requests.byKind.PutObject).toBeUndefined();
    const claims = await open().capabilities();
    const { total } = proxy.requests;
    expect(await open().capabilities()).toEqual(claims);
    expect(proxy.requests.total).toBe(total);
    for await (const { key } of direct.list({ prefix: '' })) throw new Error(`"${key}" was left`);
  });

  test('is probed on a server that is slow to delete, and leaves nothing behind there', async () => {
    const { proxy, backend, direct } = await throughProxy(server, probing);
    proxy.inject({ fault: 'delay', ms: 900, kind: 'DeleteObject' });
    await backend.capabilities();
    for await (const { key } of direct.list({ prefix: '' })) throw new Error(`"${key}" was left`);
  });

  test.each([
    ['ignores them', { fault: 'dropRequestHeaders', names: ['if-none-match', 'if-match'] }],
    ['says 501 to them', { fault: 'answer', status: 501, code: 'NotImplemented' }],
    ['says 400 to them', { fault: 'answer', status: 400, code: 'InvalidArgument' }],
    ['always refuses them', { fault: 'answer', status: 412, code: 'PreconditionFailed' }],
  ] as const)('is nothing under a condition where it %s, and such writes are refused', async (_what, fault) => {
    const { proxy, backend, direct } = await throughProxy(server, probing);
    proxy.inject({ ...fault, header: /^if-(?:none-)?match$/ });
    expect(await backend.capabilities()).toEqual(none);
    await rejection('UNSUPPORTED', backend.write('key', content(5), { condition: { absent: true } }));
    await rejection('UNSUPPORTED', backend.write('key', content(5), { condition: { version: '5-x' } }));
    await rejection('UNSUPPORTED', backend.delete('key', { condition: { version: '5-x' } }));
    expect((await direct.read('key')).status).toBe('absent');
  });

  test('is not decided by a server that fails, and asked again', async () => {
    const { proxy, backend } = await throughProxy(server, probing);
    proxy.inject({ fault: 'answer', status: 503, code: 'SlowDown', kind: 'PutObject', nth: 3, times: 1 });
    await rejection('UNAVAILABLE', backend.capabilities());
    const { total } = proxy.requests;
    expect(await backend.capabilities()).toHaveProperty('conditionalDelete');
    expect(proxy.requests.total).toBeGreaterThan(total);
  });

  test('is not denied for one failure, whichever request of a probe it meets', async () => {
    const { proxy, connection } = await throughProxy(server);
    const medium = mediumOf(connection, {});
    onTestFinished(medium.release);
    const probe = () => probeClaims(medium, true, undefined);
    const claims = await probe();
    const header = /^if-(?:none-)?match$/;
    for (let nth = 1; ; nth += 1) {
      proxy.clear();
      const injected = proxy.inject({ fault: 'answer', status: 500, code: 'InternalError', header, nth, times: 1 });
      const [outcome] = await Promise.allSettled([probe()]);
      const told = outcome.status === 'fulfilled' ? outcome.value : passes(outcome.reason, medium.settings);
      expect([claims, true], `request ${nth}`).toContainEqual(told);
      if (injected.hits === 0) break;
    }
  });

  test('is not asked where it is given', async () => {
    const { proxy, open } = await throughProxy(server);
    expect(await open({ capabilities: none }).capabilities()).toEqual(none);
    expect(proxy.requests.total).toBe(0);
  });

  test('I-25 is told by an aborted probe that leaves nothing behind', async () => {
    const { proxy, backend, direct } = await throughProxy(server, probing);
    const controller = new AbortController();
    const reason = new Error('stopped');
    const held = proxy.inject({ fault: 'delay', ms: 50, kind: 'PutObject', nth: 3 });
    const probe = backend.capabilities({ signal: controller.signal });
    probe.catch(() => undefined);
    while (held.hits === 0) await new Promise(setImmediate);
    controller.abort(reason);
    await expect(probe).rejects.toBe(reason);
    expect(await direct.capabilities()).toBeDefined();
  });
});

describeS3('requests of a store', (server) => {
  const signing = keyringFromText(`k1=${generateKey()}`);

  test('are as few as there can be', async ({ skip }) => {
    const { proxy, claims, backend } = await throughProxy(server);
    skip(!claims.createIfAbsent, lacking);
    const store = new ArtifactStore({ backend, audience: 'test', signing });
    await store.upload('first', 'creates store.json');
    const cost = async (work: () => Promise<unknown>) => {
      proxy.clear();
      await work();
      return proxy.requests.byKind;
    };
    expect(await cost(() => store.upload('small', content(1000)))).toEqual({ PutObject: 1 });
    expect(await cost(() => store.upload('expires', content(1000), { ttlMs: 60_000 }))).toEqual({ PutObject: 2 });
    expect(await cost(async () => (await store.download('small')).bytes())).toEqual({ GetObject: 1 });
    expect(await cost(() => store.getMetadata('small'))).toEqual({ GetObject: 1 });
    for await (const meta of store.list()) expect(meta.generation).toBe(1);
    const listing = async () => {
      const ids: string[] = [];
      for await (const { id } of store.list()) ids.push(id);
      expect(ids).toEqual(['expires', 'first', 'small']);
    };
    expect(await cost(listing)).toEqual({ ListObjectsV2: 1 });
  });

  test.for([
    { fault: 'reset', when: 'after' },
    { fault: 'answer', status: 500, code: 'InternalError', when: 'after' },
    { fault: 'answer', status: 409, code: 'ConditionalRequestConflict', when: 'after' },
    { fault: 'answer', status: 409, code: 'ConditionalRequestConflict' },
    { fault: 'answer', status: 503, code: 'SlowDown' },
    { fault: 'reset', when: 'before' },
  ] as const)('I-17 make one version although the record was answered by %j', async (fault, { skip }) => {
    const { proxy, claims, backend } = await throughProxy(server);
    skip(!claims.createIfAbsent, lacking);
    const isApplied = 'when' in fault && fault.when === 'after';
    skip(!isApplied && !claims.compareAndSwap, 'where deletes leave no tombstone, a record is not sent again');
    const store = new ArtifactStore({ backend, audience: 'test', signing });
    await store.upload('first', 'creates store.json');
    const injected = proxy.inject({ ...fault, kind: 'PutObject', key: /records\/doc$/, times: 1 });
    const { generation, revision } = await store.upload('doc', 'content', { ifGeneration: 0 });
    expect([generation, injected.hits]).toEqual([1, 1]);
    expect((await store.getMetadata('doc'))?.revision).toBe(revision);
  });
});
