import assert from 'node:assert/strict';

import { type ArtifactStore, isArtifactError } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { content } from '../support/content.ts';
import { type Clock, inlineBytes, openStore, start } from './stores.ts';

const large = content(inlineBytes + 100);

/** Every operation in a row, and what each has to come to, wherever it is run. */
const script: readonly (readonly [(store: ArtifactStore) => Promise<unknown>, unknown])[] = [
  [async (store) => (await store.upload('a', 'one', { ifGeneration: 0 })).generation, 1],
  [(store) => store.upload('a', 'two', { ifGeneration: 0 }), 'ALREADY_EXISTS'],
  [(store) => store.upload('a', 'two', { ifGeneration: 7 }), 'PRECONDITION_FAILED'],
  [async (store) => (await store.upload('a', 'two', { ifGeneration: 1 })).generation, 2],
  [async (store) => (await store.upload('a', large)).generation, 3],
  [async (store) => (await (await store.download('a')).bytes()).length, large.length],
  [async (store) => (await store.download('a', { range: { last: 5 } })).range.start, large.length - 5],
  [(store) => store.download('a', { range: { start: large.length } }), 'INVALID_ARGUMENT'],
  [async (store) => (await store.update('a', { metadata: { n: 1 }, hold: true })).generation, 3],
  [(store) => store.delete('a'), 'RETAINED'],
  [async (store) => (await store.update('a', { hold: false, expiresAt: start + 10 })).metadata, { n: 1 }],
  [async (store) => (await store.upload('b', '')).sizeBytes, 0],
  [async (store) => (await store.page()).artifacts.map(({ id }) => id), ['a', 'b']],
  [(store) => store.download('c'), 'NOT_FOUND'],
  [(store) => store.getMetadata('c'), undefined],
  [(store) => store.update('c', { hold: true }), 'NOT_FOUND'],
  [(store) => store.delete('c'), false],
  [(store) => store.delete('b'), true],
  [(store) => store.delete('b'), false],
  [async (store) => (await store.upload('b', 'anew')).generation, 1],
];

const afterExpiry: typeof script = [
  [(store) => store.download('a'), 'EXPIRED'],
  [async (store) => (await store.getMetadata('a'))?.generation, 3],
  [async (store) => (await store.page()).artifacts.map(({ id }) => id), ['b']],
  [(store) => store.update('a', { expiresAt: null }), 'EXPIRED'],
  [async (store) => (await store.upload('a', 'anew', { ifGeneration: 0 })).generation, 1],
];

export const scriptRules: readonly Rule[] = [
  {
    title: 'one script of all operations comes to the same everywhere',
    guarantee: 'I-24',
    requires: ['createIfAbsent', 'compareAndSwap'],
    async run(harness) {
      const clock: Clock = { now: start };
      const store = await openStore(harness, { now: () => clock.now });
      await follow(store, script, 'line');
      clock.now = start + 10;
      await follow(store, afterExpiry, 'line after expiry');
    },
  },
];

async function follow(store: ArtifactStore, lines: typeof script, what: string): Promise<void> {
  for (const [index, [line, expected]] of lines.entries()) {
    const outcome = await line(store).catch((error: unknown) => {
      if (isArtifactError(error)) return error.code;
      throw error;
    });
    assert.deepEqual(outcome, expected, `${what} ${index + 1}`);
  }
}
