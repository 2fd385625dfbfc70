import { ArtifactStore, generateKey, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { describe, expect, test } from 'vitest';

import { contractRules } from '../contract-rules.ts';
import { runRules } from '../run-rules.ts';
import { content } from '../support/content.ts';
import { collect, find, keysOf, rejection } from '../support/expect.ts';
import { faultyBackend } from './faulty-backend.ts';
import type { BackendFaultRule } from './faults.ts';

const large = content(100_000);
const signing = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });

function storeOver(...script: readonly BackendFaultRule[]) {
  const inner = memoryBackend();
  const backend = faultyBackend(inner, script);
  const options = { signing, audience: 'faults' };
  return {
    backend,
    store: new ArtifactStore({ backend, ...options }),
    sound: new ArtifactStore({ backend: inner, ...options }),
  };
}

describe('what a store makes of faults', () => {
  test('I-17 a record that is stored and whose answer is lost is an upload that succeeded', async () => {
    const { backend, store, sound } = storeOver({
      fault: 'fail',
      when: 'after',
      method: 'write',
      key: /^records\//,
      times: 1,
    });

    const { revision } = await store.upload('doc', 'text');

    expect((await sound.getMetadata('doc'))?.revision).toBe(revision);
    expect(backend.hits).toEqual([1]);
  });

  test('I-7 content that can never be stored fails the upload and leaves the previous version', async () => {
    const error = new Error('the disk is full');
    const { store, sound } = storeOver({ fault: 'fail', error, method: 'write', key: /^content\// });
    await store.upload('doc', 'small, so it is in the record');

    const failure = await rejection(() => store.upload('doc', large));

    expect(failure).toMatchObject({ code: 'BACKEND', cause: error });
    expect(await (await sound.download('doc')).text()).toBe('small, so it is in the record');
  });

  test.each<[string, BackendFaultRule]>([
    ['corrupted when it is read', { fault: 'corrupt', method: 'read', key: /^content\//, atByte: 70_000 }],
    ['cut when it is read', { fault: 'truncate', method: 'read', key: /^content\//, atByte: 70_000 }],
    ['corrupted when it is stored', { fault: 'corrupt', method: 'write', key: /^content\//, atByte: 70_000 }],
    ['cut when it is stored', { fault: 'truncate', method: 'write', key: /^content\//, atByte: 70_000 }],
  ])('I-1 content that is %s is never handed out', async (_what, rule) => {
    const { backend, store } = storeOver(rule);
    await store.upload('doc', large);

    const failure = await rejection(async () => (await store.download('doc')).bytes());

    expect(failure).toMatchObject({ code: 'INTEGRITY' });
    expect(backend.hits[0]).toBeGreaterThanOrEqual(1);
  });

  test('I-25 a call and a body that never go on end at the timeouts', async () => {
    const call = storeOver({ fault: 'stall', method: 'read' });
    const body = storeOver({ fault: 'stall', method: 'read', key: /^content\//, atByte: 10 });
    await body.store.upload('doc', large);

    expect(await rejection(() => call.store.getMetadata('doc', { timeoutMs: 50 }))).toMatchObject({ code: 'TIMEOUT' });
    const download = await body.store.download('doc', { timeoutMs: 50 });
    expect(await rejection(() => download.bytes())).toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('which calls have a fault', () => {
  test('those of the method and the key, from the nth on, so many times', async () => {
    const rule = { fault: 'fail', method: ['write', 'delete'], key: 'one', nth: 2, times: 2 } as const;
    const backend = faultyBackend(memoryBackend(), [rule]);
    const outcomes: string[] = [];
    for (const call of [
      () => backend.write('one', large),
      () => backend.write('another', large),
      () => backend.read('one'),
      () => backend.delete('one'),
      () => backend.write('one', large),
      () => backend.write('one', large),
    ]) {
      outcomes.push(
        await call().then(
          () => 'done',
          (error: Error) => error.name,
        ),
      );
    }

    expect(outcomes).toEqual(['done', 'done', 'done', 'ArtifactError', 'ArtifactError', 'done']);
    expect(backend.hits).toEqual([2]);
  });

  test('a listing by its prefix, before it begins or after its end', async () => {
    const inner = memoryBackend();
    await inner.write('a/1', large);
    const before = faultyBackend(inner, [{ fault: 'fail', method: 'list', key: 'a/' }]);
    const after = faultyBackend(inner, [{ fault: 'fail', when: 'after', method: 'list', key: 'a/' }]);

    expect(await keysOf(before, { prefix: '' })).toEqual(['a/1']);
    expect(await rejection(() => keysOf(before, { prefix: 'a/' }))).toMatchObject({ code: 'UNAVAILABLE' });
    const seen: string[] = [];
    await rejection(async () => {
      for await (const { key } of after.list({ prefix: 'a/' })) seen.push(key);
    });
    expect(seen).toEqual(['a/1']);
  });

  test('a delay lets the calls after it go first, and ends with the signal', async () => {
    const backend = faultyBackend(memoryBackend(), [{ fault: 'delay', ms: 20, method: 'write', times: 1 }]);
    const order: string[] = [];
    await Promise.all([
      backend.write('slow', large).then(() => order.push('slow')),
      backend.write('quick', large).then(() => order.push('quick')),
    ]);
    const waiting = faultyBackend(memoryBackend(), [{ fault: 'delay', ms: 1_000_000 }]);
    const controller = new AbortController();
    const reason = new Error('stopped');
    const call = rejection(() => waiting.check({ signal: controller.signal }));
    controller.abort(reason);

    expect(order).toEqual(['quick', 'slow']);
    expect(await call).toBe(reason);
  });

  test('what was given to be stored is never changed, and what is cut is acknowledged as a whole', async () => {
    const inner = memoryBackend();
    const backend = faultyBackend(inner, [
      { fault: 'corrupt', method: 'write' },
      { fault: 'truncate', method: 'write', atByte: 3 },
    ]);
    const bytes = Uint8Array.of(2, 2, 2, 2);

    expect((await backend.write('one', bytes, { size: 4 })).size).toBe(4);
    expect([...bytes]).toEqual([2, 2, 2, 2]);
    expect([...(await collect((await find(inner, 'one')).body))]).toEqual([3, 2, 2]);
  });
});

test('without a fault it keeps the contract', async () => {
  const results = await runRules(contractRules, () => {
    const backend = faultyBackend(memoryBackend(), []);
    return { open: () => backend };
  });

  expect(results.filter(({ outcome }) => outcome === 'broken')).toEqual([]);
});

test.each([
  [{ fault: 'explode' }, 'script[0].fault'],
  [{ fault: 'fail', method: 'wirte' }, 'script[0].method'],
  [{ fault: 'fail', nth: 0 }, 'script[0].nth'],
  [{ fault: 'fail', times: 1.5 }, 'script[0].times'],
  [{ fault: 'delay', ms: -1 }, 'script[0].ms'],
  [{ fault: 'delay' }, 'script[0].ms'],
  [{ fault: 'corrupt', method: 'list' }, 'script[0].method'],
  [{ fault: 'corrupt', method: ['read', 'write'] }, 'script[0].method'],
  [{ fault: 'truncate', method: 'read' }, 'script[0].atByte'],
  [{ fault: 'stall', method: 'write', atByte: 1 }, 'script[0].atByte'],
])('a rule that could not be carried out is refused: %j', (rule, field) => {
  const script = [rule] as unknown as readonly BackendFaultRule[];

  expect(() => faultyBackend(memoryBackend(), script)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', field }),
  );
});
