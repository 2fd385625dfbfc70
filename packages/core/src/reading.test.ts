import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { collect, content, state, flip, mebibyte, open, refusal } from './store.test-helper.ts';

test('I-28 nothing that reads ever writes, deletes or asks for capabilities, whatever it finds', async () => {
  const { store, backend: inner, clock } = open();
  await store.upload('large', content(2 * mebibyte));
  await store.upload('small', 'x');
  await store.upload('expired', 'x', { ttlMs: 5 });
  await store.upload('deleted', 'x');
  await store.delete('deleted');
  await store.upload('forged', 'x');
  await flip(inner, 'records/forged', 900);
  clock.advance(5);
  const before = await state(inner);
  const { backend, calls } = watched(inner);
  const reader = open({ backend, clock }).store;

  for (const id of ['large', 'small']) {
    const download = await reader.download(id);
    await download.bytes();
    await collect(download.slice({ last: 1 }).stream());
    for await (const _ of download) break;
    await reader.getMetadata(id);
  }
  for (const id of ['expired', 'deleted', 'forged', 'absent']) await refusal(reader.download(id));
  await collect(reader.list({ onInvalid: () => undefined, includeExpired: true }));
  await refusal(collect(reader.list()));
  await reader.page({ limit: 2 });
  await reader.healthCheck();

  expect(new Set(calls.map(({ call }) => call))).toEqual(new Set(['read', 'list', 'check']));
  expect(await state(inner)).toEqual(before);
}, 60_000);

test('I-28 what is refused before any I/O makes no call at all', async () => {
  const { backend, calls } = watched(open().backend);
  const { store } = open({ backend });

  for (const call of [
    () => store.upload('../', 'x'),
    () => store.upload('a', 'x', { ifGeneration: -1 }),
    () => store.download(''),
    () => store.getMetadata('a', { minGeneration: 0 }),
    () => store.update('a', {}),
    () => store.delete('a', { ifRevision: 'x' }),
    () => store.page({ limit: 0 }),
    () => store.page({ cursor: '!' }),
  ]) {
    await refusal(call());
  }

  expect(calls).toEqual([]);
});
