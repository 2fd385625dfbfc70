import { expect, test } from 'vitest';

import { memoryBackend } from './memory.ts';
import { artifactKeys, content, day, drawn, flip, keysOf, open, sha256, state } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

function orphan(id: string, n: number): string {
  return `content/${sha256(id)}/${drawn(n)}`;
}

test('I-8 content that lost its marker is found by a full sweep and gone a grace later', async () => {
  const { store, backend, clock } = open();
  for (const of of [store, store.namespace('n')]) await of.upload('a', content(100_000));
  const before = await state(backend);
  for (const prefix of ['', 'ns/n/']) await backend.write(prefix + orphan('a', 1), content(50));

  expect((await store.sweep()).counts.contents).toBe(0);
  const found = await store.sweep({ full: true });
  expect(found.counts).toMatchObject({ announced: 2, contents: 0 });
  expect((await store.sweep({ full: true })).counts.announced).toBe(0);
  clock.advance(day);
  const { removed } = await store.sweep();

  expect(removed).toEqual([
    { what: 'content', why: 'replaced', id: 'a', bytes: 50 },
    { what: 'content', why: 'replaced', id: 'a', namespace: 'n', bytes: 50 },
  ]);
  expect(await state(backend)).toEqual(before);
});

test('I-8 so is content of which nothing tells the id; only another full sweep removes it', async () => {
  const { store, backend, clock } = open();
  await backend.write(orphan('lost', 1), content(50));

  expect((await store.sweep({ full: true })).counts.announced).toBe(1);
  clock.advance(day - 1);
  expect((await store.sweep({ full: true })).counts).toMatchObject({ announced: 0, markers: 0 });
  clock.advance(1);
  expect((await store.sweep()).counts.markers).toBe(0);
  expect((await store.sweep({ full: true })).removed).toEqual([{ what: 'content', why: 'unreferenced', bytes: 50 }]);

  expect(await artifactKeys(backend)).toEqual([]);
});

test('a full sweep goes on at the cursor of another that came to its limit', async () => {
  const { store, backend, clock } = open();
  for (let n = 1; n <= 3; n += 1) await backend.write(orphan('lost', n), content(50));
  await store.sweep({ full: true });
  clock.advance(day);

  const removed: number[] = [];
  let cursor: string | undefined;
  do {
    const report = await store.sweep({ full: true, limit: 1, cursor });
    removed.push(report.removed.length);
    ({ cursor } = report);
  } while (cursor !== undefined);

  expect(removed).toEqual([1, 1, 1]);
  expect(await artifactKeys(backend)).toEqual([]);
});

test('I-22 an upload that is committed after a full sweep looked keeps its content', async () => {
  const { store, backend, clock } = open();
  const source = async function* () {
    yield content(100_000);
    // All of the content but the end is there.
    const key = `content/${sha256('a')}/${(await keysOf(backend, 'pending/'))[0]?.split('/')[2]}`;
    await backend.write(key, content(3));
    for (const pending of await keysOf(backend, 'pending/')) await backend.delete(pending);
    expect((await store.sweep({ full: true })).counts.announced).toBe(1);
  };
  await store.upload('a', source());

  clock.advance(day);
  const { removed, counts } = await store.sweep({ full: true });

  expect(removed).toEqual([]);
  expect(counts.markers).toBe(1);
  expect((await (await store.download('a')).bytes()).length).toBe(100_000);
  expect(await keysOf(backend, 'pending/')).toEqual([]);
});

test('I-22 I-2 content beside a record that does not verify is not announced, and reported', async () => {
  const { store, backend } = open();
  await store.upload('a', content(100_000));
  await backend.write(orphan('a', 1), content(50));
  await flip(backend, 'records/a', 800);
  const before = await state(backend);

  const { kept, counts } = await store.sweep({ full: true });

  expect(kept).toMatchObject([{ id: 'a', why: 'unverifiable' }]);
  expect(counts).toMatchObject({ announced: 0, kept: 1 });
  expect(await state(backend)).toEqual(before);
});

test('a dry run counts what a full sweep would announce and writes nothing', async () => {
  const { store, backend } = open();
  await store.upload('a', 'x');
  await backend.write(orphan('a', 1), content(50));
  await backend.write(orphan('b', 2), content(50));
  const before = await state(backend);

  expect((await store.sweep({ full: true, dryRun: true })).counts.announced).toBe(2);
  expect(await state(backend)).toEqual(before);
});

test('I-8 an exclusive full sweep leads to tombstones that nothing could end before', async () => {
  const inner = memoryBackend();
  const capabilities = async () => ({ createIfAbsent: true, compareAndSwap: true, conditionalDelete: false });
  const { store, clock } = open({ backend: wrapBackend(inner, { capabilities }) });
  await store.upload('a', 'x');
  await store.delete('a');
  clock.advance(day);
  await store.sweep();
  expect(await artifactKeys(inner)).toEqual(['records/a']);

  expect((await store.sweep({ full: true })).counts.announced).toBe(0);
  expect((await store.sweep({ full: true, exclusive: true })).counts.announced).toBe(1);
  clock.advance(day);
  expect((await store.sweep({ exclusive: true })).counts.tombstones).toBe(1);

  expect(await artifactKeys(inner)).toEqual([]);
});
