import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { collect, content, open, refusal, second, startTime } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const quota = { maxBytes: 100, mode: 'soft' } as const;
const denied = { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false };
const unable = () => wrapBackend(memoryBackend({ now: () => startTime }), { capabilities: async () => denied });

test('any number of uploads of one process at once stop at a soft quota', async () => {
  const { store } = open({ backend: unable(), quota });

  const outcomes = await Promise.allSettled(Array.from({ length: 9 }, (_, i) => store.upload(`${i}`, content(30))));

  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(3);
  expect((await collect(store.list())).length).toBe(3);
  expect(await refusal(store.upload('more', content(11)))).toMatchObject({
    quota: { limit: 100, used: 90, reserved: 0, asked: 11 },
  });
});

test('with a soft quota, too, what an upload without an answer had reserved is free when that lapses', async () => {
  const { backend } = watched(unable(), (_, call, key) => {
    if (call === 'write' && key === 'records/a') throw new ArtifactError('OUTCOME_UNKNOWN', 'gone');
  });
  const { store, clock } = open({ backend, quota });
  await store.upload('x', content(10));
  expect((await refusal(store.upload('a', content(40)))).code).toBe('OUTCOME_UNKNOWN');
  expect((await refusal(store.upload('b', content(90)))).code).toBe('QUOTA_EXCEEDED');
  clock.advance(601 * second);

  await store.upload('b', content(90));
});
