import assert from 'node:assert/strict';

import { type ArtifactBackend, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import * as fc from 'fast-check';
import { test } from 'vitest';

import { commands } from './commands.ts';
import { leakedContent } from './leaks.ts';
import { lookAt, type Model } from './model.ts';
import { inPages } from './pages.ts';
import { assertProperty, assertRefuted, timeout } from './runs.ts';
import { earlyTime, startTime, storeOver } from './subject.ts';

test(
  'I-7 I-8 I-21 Retention asked anything in any order, with crashes and a clock that moves, a store does what a simple model does',
  { timeout },
  () => assertProperty('sequences of operations, crashes and steps of the clock', obeysTheModel(memoryBackend)),
);

const faults: Record<string, (inner: ArtifactBackend) => Parameters<typeof wrapBackend>[1]> = {
  'creates over what is there': (inner) => ({
    write: (key, body, { condition, ...options } = {}) =>
      inner.write(key, body, condition === undefined || 'absent' in condition ? options : { ...options, condition }),
  }),
  'forgets some records that it acknowledged': (inner) => {
    let writes = 0;
    return {
      write: async (key, body, options) => {
        const written = await inner.write(key, body, options);
        writes += 1;
        if (writes % 7 === 0 && key.startsWith('records/')) await inner.delete(key);
        return written;
      },
    };
  },
  'lists one key too few': (inner) => ({
    list: async function* (options) {
      let first = options.after !== undefined;
      for await (const object of inner.list(options)) {
        if (!first) yield object;
        first = false;
      }
    },
  }),
};

test.each(Object.keys(faults))('a storage that %s does not obey the model', { timeout }, async (fault) => {
  const broken = () => {
    const inner = memoryBackend();
    return wrapBackend(inner, faults[fault]?.(inner) ?? {});
  };
  await assertRefuted(obeysTheModel(broken), 1000);
});

function obeysTheModel(newStorage: () => ArtifactBackend): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(commands, async (asked) => {
    const storage = newStorage();
    const model: Model = { artifacts: new Map(), now: startTime };
    await fc.asyncModelRun(() => ({ model, real: { storage, now: startTime } }), asked);
    // Every artifact of the model, and no other.
    const early = storeOver(storage, { now: () => earlyTime });
    const found = new Map<string, unknown>();
    for (const { id } of await inPages(early, { limit: 1 })) found.set(id, await lookAt(early, id));
    assert.deepEqual(found, model.artifacts);
    assert.deepEqual(await leakedContent(storage), []);
  });
}
