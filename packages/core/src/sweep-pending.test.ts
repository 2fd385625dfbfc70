import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { watched } from './faults.test-helper.ts';
import { pendingKey } from './layout.ts';
import { memoryBackend } from './memory.ts';
import {
  artifactKeys,
  content,
  day,
  drawn,
  flip,
  keysOf,
  objectAt,
  onlyKey,
  open,
  sha256,
  state,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const none = { artifacts: 0, contents: 0, tombstones: 0, markers: 0, bytes: 0, kept: 0, announced: 0 };

/** What a marker calls the only content there is: a record has another name of its own. */
async function contentName(backend: ArtifactBackend): Promise<string> {
  return (await onlyKey(backend, 'content/')).slice(-32);
}

test('I-8 content that was replaced is there for a grace, and gone with the first sweep after it', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(100_000));
  await store.upload('a', content(100_001));
  const before = await state(backend);

  clock.advance(day - 1);
  expect(await store.sweep()).toEqual({ dryRun: false, counts: none, removed: [], kept: [] });
  expect(await state(backend)).toEqual(before);
  clock.advance(1);
  expect(await store.sweep()).toEqual({
    dryRun: false,
    counts: { ...none, contents: 1, markers: 1, bytes: 100_000 },
    removed: [{ what: 'content', why: 'replaced', id: 'a', bytes: 100_000 }],
    kept: [],
  });

  expect((await store.download('a')).metadata.sizeBytes).toBe(100_001);
  expect((await artifactKeys(backend)).map((key) => key.split('/')[0])).toEqual(['content', 'records']);
});

test.each([10, 100_000])('I-8 of a deleted artifact of %i bytes nothing is left a grace later', async (size) => {
  const { store, backend, clock } = open();
  await store.upload('a', content(size));
  await store.delete('a');

  clock.advance(day);
  const { removed, counts } = await store.sweep();

  expect(removed).toEqual([{ what: 'tombstone', why: 'deleted', id: 'a', bytes: 0 }]);
  expect(counts).toEqual({ ...none, tombstones: 1, markers: 1 });
  expect(await artifactKeys(backend)).toEqual([]);
});

test('I-8 what a killed upload left is removed, whatever it had come to', async () => {
  const { store, backend, clock } = open();
  // The marker alone; content without a record; content beside a record that names another.
  await backend.write(pendingKey(clock.wall + day, drawn(1), drawn(2), 'only marked'), new Uint8Array());
  for (const [n, id] of [
    [3, 'never'],
    [4, 'there'],
  ] as const) {
    await backend.write(pendingKey(clock.wall + day, drawn(n), drawn(n), id), new Uint8Array());
    await backend.write(`content/${sha256(id)}/${drawn(n)}`, content(50));
  }
  await store.upload('there', content(100_000));

  clock.advance(day);
  const { removed } = await store.sweep();

  expect(removed).toEqual([
    { what: 'content', why: 'unreferenced', id: 'never', bytes: 50 },
    { what: 'content', why: 'replaced', id: 'there', bytes: 50 },
  ]);
  expect((await artifactKeys(backend)).length).toBe(2);
  expect((await (await store.download('there')).bytes()).length).toBe(100_000);
});

test('I-22 a due marker about content that the record names is dropped, and the content stays', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(100_000));
  await backend.write(pendingKey(clock.wall, drawn(1), await contentName(backend), 'a'), new Uint8Array());

  const { counts } = await store.sweep();

  expect(counts).toEqual({ ...none, markers: 1 });
  expect(await keysOf(backend, 'pending/')).toEqual([]);
  expect((await (await store.download('a')).bytes()).length).toBe(100_000);
});

test('I-22 the same after an update, whose record names the content of the upload', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(100_000));
  await store.update('a', { metadata: { n: 1 } });
  await backend.write(pendingKey(clock.wall, drawn(1), await contentName(backend), 'a'), new Uint8Array());

  await store.sweep();

  expect((await (await store.download('a')).bytes()).length).toBe(100_000);
});

test('I-22 I-2 where the record does not verify nothing is touched, and the report says so', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(100_000));
  await store.upload('a', content(100_001));
  await store.upload('b', 'x');
  await store.delete('b');
  await flip(backend, 'records/a', 800);
  const before = await state(backend);
  clock.advance(day);

  const { removed, kept, counts } = await store.sweep();

  expect(removed).toEqual([{ what: 'tombstone', why: 'deleted', id: 'b', bytes: 0 }]);
  expect(kept).toMatchObject([{ id: 'a', why: 'unverifiable', error: { artifactId: 'a' } }]);
  expect(counts).toEqual({ ...none, tombstones: 1, markers: 1, kept: 1 });
  const after = await state(backend);
  expect([...before].filter(([key, digest]) => after.get(key) !== digest && !key.endsWith('/b'))).toEqual([]);
});

test('I-22 a tombstone that is younger than a grace stays, whatever marker leads to it', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(100_000));
  await store.upload('a', 'small');
  clock.advance(day - 1);
  await store.delete('a');
  clock.advance(1);

  const { removed } = await store.sweep();

  expect(removed).toEqual([{ what: 'content', why: 'deleted', id: 'a', bytes: 100_000 }]);
  expect(await keysOf(backend, 'records/')).toEqual(['records/a']);
  clock.advance(day);
  expect((await store.sweep()).removed).toEqual([{ what: 'tombstone', why: 'deleted', id: 'a', bytes: 0 }]);
  expect(await artifactKeys(backend)).toEqual([]);
});

test('I-22 a record that comes over a tombstone while it is swept is not removed', async () => {
  const inner = memoryBackend();
  const { store, clock } = open({ backend: inner });
  await store.upload('a', 'x');
  await store.delete('a');
  clock.advance(day);
  const { backend } = watched(inner, async (_, call, key) => {
    if (call === 'delete' && key === 'records/a') await store.upload('a', 'again');
  });

  const { counts } = await open({ backend, clock }).store.sweep();

  expect(counts).toEqual({ ...none, markers: 1 });
  expect(await (await store.download('a')).text()).toBe('again');
});

test('I-8 without conditional delete a tombstone stays for good, unless the sweep is exclusive', async () => {
  const inner = memoryBackend();
  const capabilities = async () => ({ createIfAbsent: true, compareAndSwap: true, conditionalDelete: false });
  const { store, clock } = open({ backend: wrapBackend(inner, { capabilities }) });
  for (const id of ['a', 'b']) {
    await store.upload(id, content(100_000));
    await store.delete(id);
    clock.advance(day);
    await store.sweep({ exclusive: id === 'b' });
  }

  expect(await artifactKeys(inner)).toEqual(['records/a']);
});

test('keys below pending/ that core does not make are left alone', async () => {
  const { store, backend } = open();
  const foreign = ['pending/x', 'pending/0000000000001', `pending/0000000000001-${drawn(1)}/${drawn(1)}/=zz`];
  for (const key of foreign) await backend.write(key, content(1));

  expect((await store.sweep()).counts).toEqual(none);
  expect(await keysOf(backend, 'pending/')).toEqual(foreign.toSorted());
  expect(await objectAt(backend, 'pending/x')).toEqual(Buffer.from(content(1)));
});
