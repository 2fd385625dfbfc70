import assert from 'node:assert/strict';

import type { ArtifactBackend } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { content, text } from '../support/content.ts';
import { assertHolds, find, keysOf, rejection } from '../support/expect.ts';
import { twoHandles } from '../support/handles.ts';

const methods = ['capabilities', 'write', 'read', 'delete', 'list', 'discardUnfinished', 'check', 'close'] as const;

/** What a backend says of itself, and that asking it changes nothing. */
export const shapeRules: readonly Rule[] = [
  {
    title: 'a backend states version 1 of the contract and has every method of it',
    async run(harness) {
      const backend = await harness.open();
      assert.equal(backend.contract, 1);
      for (const method of methods) assert.equal(typeof backend[method], 'function', method);
    },
  },
  {
    title: 'the name is a short token in lower case',
    async run(harness) {
      const [first, second] = await twoHandles(harness);
      assert.match(first.name, /^[a-z][a-z0-9-]{0,31}$/);
      assert.equal(second.name, first.name);
    },
  },
  {
    title: 'the capabilities are three booleans and stay what they are',
    async run(harness) {
      const [first, second] = await twoHandles(harness);
      const claims = await first.capabilities();
      for (const name of ['createIfAbsent', 'compareAndSwap', 'conditionalDelete'] as const) {
        assert.equal(typeof claims[name], 'boolean', name);
      }
      await first.write('between', text('between'));
      assert.deepEqual(await first.capabilities(), claims);
      assert.deepEqual(await second.capabilities(), claims);
    },
  },
  {
    title: 'asking for the capabilities leaves nothing behind',
    async run(harness) {
      const backend = await harness.open();
      await backend.capabilities();
      assert.deepEqual(await keysOf(backend), []);
      await assertChangesNothing(backend, async () => {
        await backend.capabilities();
        await (await harness.open()).capabilities();
      });
    },
  },
  {
    title: 'check resolves on a storage that is in order, and only reads',
    guarantee: 'I-28',
    async run(harness) {
      const backend = await harness.open();
      await backend.check();
      assert.deepEqual(await keysOf(backend), []);
      await assertChangesNothing(backend, () => backend.check());
    },
  },
  {
    title: 'check rejects where the medium cannot be used',
    since: '1.1',
    needs: 'openUnusable',
    async run(harness) {
      const backend = await harness.openUnusable?.();
      assert.ok(backend !== undefined, 'the harness gives no handle on a medium that cannot be used');
      await rejection(() => backend.check(), 'check');
    },
  },
  {
    title: 'reading and listing change nothing',
    guarantee: 'I-28',
    async run(harness) {
      const backend = await harness.open();
      await assertChangesNothing(backend, async () => {
        await assertHolds(backend, 'one', content(100_000));
        await find(backend, 'one', { range: { start: 5, end: 10 } });
        await backend.read('never/there');
        await keysOf(backend, { prefix: 'never/', after: 'a' });
      });
    },
  },
];

async function assertChangesNothing(backend: ArtifactBackend, work: () => Promise<void>): Promise<void> {
  await backend.write('one', content(100_000));
  await backend.write('empty', new Uint8Array());
  const before = await described(backend);
  await work();
  assert.deepEqual(await described(backend), before);
  await assertHolds(backend, 'one', content(100_000));
}

async function described(backend: ArtifactBackend): Promise<unknown[]> {
  const objects: unknown[] = [];
  for await (const { key, size, version, modifiedAt } of backend.list({ prefix: '' })) {
    objects.push({ key, size, version, modifiedAt: modifiedAt.getTime() });
  }
  return objects;
}
