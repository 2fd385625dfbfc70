import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { expiryKey } from './layout.ts';
import { memoryBackend } from './memory.ts';
import {
  Clock,
  artifactKeys,
  content,
  day,
  drawn,
  flip,
  hour,
  keysOf,
  open,
  refusal,
  startTime,
  state,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const minute = 60_000;
const none = { artifacts: 0, contents: 0, tombstones: 0, markers: 0, bytes: 0, kept: 0, announced: 0 };

test.each([10, 100_000])(
  'an expired artifact of %i bytes is swept five minutes later, to the millisecond',
  async (size) => {
    const { store, backend, clock } = open();
    await store.upload('a', content(size), { ttlMs: 2 * day });
    const before = await state(backend);

    clock.advance(2 * day + 5 * minute - 1);
    expect((await store.sweep()).counts).toEqual(none);
    expect(await state(backend)).toEqual(before);
    clock.advance(1);
    const { removed, counts } = await store.sweep();

    expect(removed).toEqual([{ what: 'artifact', why: 'expired', id: 'a', bytes: size }]);
    expect(counts).toEqual({ ...none, artifacts: 1, markers: 1, bytes: size });
    expect(await artifactKeys(backend)).toEqual([]);
  },
);

test.each([10, 100_000])(
  'I-8 an artifact of %i bytes that lived shorter than a grace leaves a tombstone for as long',
  async (size) => {
    const { store, backend, clock } = open();
    await store.upload('a', content(size), { ttlMs: hour });

    clock.advance(2 * hour);
    expect((await store.sweep()).removed).toEqual([{ what: 'artifact', why: 'expired', id: 'a', bytes: size }]);
    expect((await artifactKeys(backend)).map((key) => key.split('/')[0])).toEqual(['pending', 'records']);
    expect(await store.getMetadata('a')).toBeUndefined();
    clock.advance(day);
    await store.sweep();

    expect(await artifactKeys(backend)).toEqual([]);
  },
);

test('I-22 an expiry that was moved to later counts, and the marker of before is forgotten a grace later', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(100_000), { ttlMs: hour });
  const [early] = await keysOf(backend, 'expiry/');
  await store.update('a', { expiresAt: startTime + 9 * day });
  // As if the update had been killed before it removed it.
  await backend.write(String(early), new Uint8Array());

  clock.advance(2 * hour);
  expect((await store.sweep()).counts).toEqual(none);
  expect((await keysOf(backend, 'expiry/')).length).toBe(2);
  clock.advance(day);
  expect((await store.sweep()).counts).toEqual({ ...none, markers: 1 });

  expect((await keysOf(backend, 'expiry/')).length).toBe(1);
  expect((await (await store.download('a')).bytes()).length).toBe(100_000);
});

test('I-22 what was uploaded again over an expired artifact stays', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', 'x', { ttlMs: hour });
  const [early] = await keysOf(backend, 'expiry/');
  clock.advance(2 * hour);
  await store.upload('a', 'y');
  await backend.write(String(early), new Uint8Array());

  await store.sweep();

  expect(await (await store.download('a')).text()).toBe('y');
});

test.each([true, false])(
  'I-22 what is uploaded or extended just before it would be removed stays (conditional delete: %s)',
  async (conditionalDelete) => {
    const clock = new Clock();
    const inner = memoryBackend({ now: () => clock.wall });
    const capabilities = async () => ({ createIfAbsent: true, compareAndSwap: true, conditionalDelete });
    const { store } = open({ clock, backend: wrapBackend(inner, { capabilities }) });
    await store.upload('again', content(100_000), { ttlMs: 2 * day });
    await store.upload('also', 'x', { ttlMs: 2 * day });
    clock.advance(2 * day + hour);
    const { backend } = watched(inner, async (n, call, key) => {
      if (call === (conditionalDelete ? 'delete' : 'write') && key === 'records/again' && n < 30)
        await store.upload('again', content(100_001));
      if (call === (conditionalDelete ? 'delete' : 'write') && key === 'records/also' && n < 30)
        await store.upload('also', 'y');
    });
    const sweeping = open({ backend: wrapBackend(backend, { capabilities }), clock }).store;

    const { removed } = await sweeping.sweep();

    expect(removed).toEqual([]);
    expect((await store.download('again')).metadata.sizeBytes).toBe(100_001);
    expect((await (await store.download('again')).bytes()).length).toBe(100_001);
    expect(await (await store.download('also')).text()).toBe('y');
  },
);

test('I-22 a marker that storage made up for what has not expired removes nothing, and the true one takes its place', async () => {
  const { store, backend } = open();
  const { revision } = await store.upload('a', 'x', { ttlMs: 3 * day });
  const forGood = await store.upload('b', 'x');
  for (const key of await keysOf(backend, 'expiry/')) await backend.delete(key);
  await backend.write(expiryKey(startTime - day, revision, 'a'), new Uint8Array());
  await backend.write(expiryKey(startTime - day, forGood.revision, 'b'), new Uint8Array());

  const { removed } = await store.sweep();

  expect(removed).toEqual([]);
  expect(await keysOf(backend, 'expiry/')).toEqual([expiryKey(startTime + 3 * day, revision, 'a')]);
  expect([await (await store.download('a')).text(), await (await store.download('b')).text()]).toEqual(['x', 'x']);
});

test('I-22 I-2 an expired record that does not verify is not touched, and looked at again a day later', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(100_000), { ttlMs: 2 * day });
  await flip(backend, 'records/a', 800);
  clock.advance(3 * day);

  for (let times = 0; times < 3; times += 1) {
    const { kept, removed } = await store.sweep();
    expect(kept).toMatchObject([{ id: 'a', why: 'unverifiable' }]);
    expect(removed).toEqual([]);
    expect((await store.sweep()).counts).toEqual(none);
    clock.advance(day + 5 * minute);
  }

  expect((await artifactKeys(backend)).map((key) => key.split('/')[0])).toEqual(['content', 'expiry', 'records']);
});

test('Retention beats expiry and sweep, and the artifact goes when it has ended', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(100_000), { ttlMs: hour, retainUntil: startTime + 5 * day });
  clock.advance(2 * day);

  expect((await store.sweep()).kept).toEqual([{ id: 'a', why: 'retained' }]);
  clock.advance(3 * day + 5 * minute - 1);
  expect((await store.sweep()).counts).toEqual(none);
  expect(await refusal(store.download('a'))).toMatchObject({ code: 'EXPIRED' });
  clock.advance(1);
  expect((await store.sweep()).removed).toEqual([{ what: 'artifact', why: 'expired', id: 'a', bytes: 100_000 }]);

  expect(await artifactKeys(backend)).toEqual([]);
});

test('Retention: a hold beats expiry and sweep for as long as it is there', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', 'x', { ttlMs: hour, hold: true });
  clock.advance(2 * day);
  for (let times = 0; times < 3; times += 1) {
    expect((await store.sweep()).kept).toEqual([{ id: 'a', why: 'retained' }]);
    clock.advance(day + 5 * minute);
  }

  expect((await keysOf(backend, 'expiry/')).length).toBe(1);
  expect((await store.getMetadata('a'))?.hold).toBe(true);
});

test('I-22 the marker of a record that is still to come stays until it is a grace old', async () => {
  const { store, backend, clock } = open();
  const early = expiryKey(startTime + hour, drawn(7), 'coming');
  await backend.write(early, new Uint8Array());

  clock.advance(hour + day - 1);
  expect((await store.sweep()).counts).toEqual(none);
  expect(await keysOf(backend, 'expiry/')).toEqual([early]);
  clock.advance(1);
  await store.sweep();

  expect(await keysOf(backend, 'expiry/')).toEqual([]);
});

test('without a condition to remove it under, an expired record is left and reported, unless the sweep is exclusive', async () => {
  const backend = wrapBackend(memoryBackend(), {
    capabilities: async () => ({ createIfAbsent: false, compareAndSwap: false, conditionalDelete: false }),
  });
  const { store, clock } = open({ backend });
  await store.upload('a', content(100_000), { ttlMs: hour });
  await store.upload('b', content(100_000));
  clock.advance(2 * day);

  const { kept, removed } = await store.sweep();
  expect(kept).toMatchObject([{ id: 'a', why: 'unsupported', error: { code: 'UNSUPPORTED', field: 'exclusive' } }]);
  expect(removed).toEqual([]);
  expect((await store.sweep({ exclusive: true })).removed).toMatchObject([{ what: 'artifact', id: 'a' }]);

  expect((await artifactKeys(backend)).map((key) => key.split('/')[0])).toEqual(['content', 'records']);
  expect((await (await store.download('b')).bytes()).length).toBe(100_000);
});
