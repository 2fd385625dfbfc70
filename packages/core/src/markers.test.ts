import { expect, test } from 'vitest';

import {
  artifactKeys,
  content,
  countingNames,
  day,
  drawn,
  hour,
  open,
  refusal,
  sha256,
  startTime,
} from './store.test-helper.ts';

// Names are drawn in a known order here, so that keys can be written out.
const hash = sha256('A/b');
const pending = (n: number, revision: number): string =>
  `pending/${startTime + day}-${drawn(n)}/${drawn(revision)}/=41/b`;
const expiry = (time: number, revision: number): string => `expiry/${time}-${drawn(revision)}/=41/b`;
const object = (revision: number): string => `content/${hash}/${drawn(revision)}`;
const record = 'records/=41/b';
const large = content(100_000);

function opened() {
  return open({ randomBytes: countingNames() });
}

test('a small artifact that does not expire has a record and no marker', async () => {
  const { store, backend } = opened();

  await store.upload('A/b', 'x');

  expect(await artifactKeys(backend)).toEqual([record]);
});

test('an artifact that expires has one expiry marker, of its time and revision', async () => {
  const { store, backend } = opened();

  const { revision } = await store.upload('A/b', 'x', { expiresAt: startTime + hour });

  expect(revision).toBe(drawn(1));
  expect(await artifactKeys(backend)).toEqual([expiry(startTime + hour, 1), record]);
});

test('a large artifact keeps its content and no marker once it is committed', async () => {
  const { store, backend } = opened();

  const { revision } = await store.upload('A/b', large);

  // 1: content, 2: marker, 3: record.
  expect(revision).toBe(drawn(3));
  expect(await artifactKeys(backend)).toEqual([object(1), record]);
});

test('overwriting a large artifact leaves its content behind, with a marker a grace ahead', async () => {
  const { store, backend } = opened();
  await store.upload('A/b', large);

  await store.upload('A/b', 'small');

  // 4: the record that lost against the old one, 5: the record, 6: the marker.
  expect(await artifactKeys(backend)).toEqual([object(1), pending(6, 1), record]);
});

test('overwriting removes the expiry marker of the old version and writes that of the new one', async () => {
  const { store, backend } = opened();
  await store.upload('A/b', 'x', { expiresAt: startTime + hour });

  const { revision } = await store.upload('A/b', 'y', { expiresAt: startTime + 2 * hour });

  expect(revision).toBe(drawn(3));
  expect(await artifactKeys(backend)).toEqual([expiry(startTime + 2 * hour, 3), record]);
});

test('an update moves the expiry marker and leaves content and pending markers alone', async () => {
  const { store, backend } = opened();
  await store.upload('A/b', large, { expiresAt: startTime + hour });
  expect(await artifactKeys(backend)).toEqual([object(1), expiry(startTime + hour, 3), record]);

  await store.update('A/b', { expiresAt: startTime + 3 * hour });
  expect(await artifactKeys(backend)).toEqual([object(1), expiry(startTime + 3 * hour, 4), record]);
  await store.update('A/b', { metadata: { n: 1 } });
  expect(await artifactKeys(backend)).toEqual([object(1), expiry(startTime + 3 * hour, 5), record]);
  await store.update('A/b', { expiresAt: null });
  expect(await artifactKeys(backend)).toEqual([object(1), record]);
});

test('deleting a large artifact leaves a tombstone and the marker that leads to it', async () => {
  const { store, backend } = opened();
  await store.upload('A/b', large, { expiresAt: startTime + hour });

  await store.delete('A/b');

  // 4: the tombstone, 5: the marker.
  expect(await artifactKeys(backend)).toEqual([pending(5, 1), record]);
});

test("deleting a small artifact leaves a tombstone and a marker of the tombstone's revision", async () => {
  const { store, backend } = opened();
  await store.upload('A/b', 'x');

  await store.delete('A/b');

  // 1: the record, 2: the tombstone, 3: the marker.
  expect(await artifactKeys(backend)).toEqual([pending(3, 2), record]);
});

test("a new artifact over a tombstone leaves the tombstone's marker to the sweep", async () => {
  const { store, backend } = opened();
  await store.upload('A/b', 'x');
  await store.delete('A/b');

  await store.upload('A/b', 'y');

  expect(await artifactKeys(backend)).toEqual([pending(3, 2), record]);
});

test('a large upload that loses its create against a retained artifact takes content and markers back', async () => {
  const { store, backend } = opened();
  await store.upload('A/b', 'kept', { hold: true });

  const error = await refusal(store.upload('A/b', large, { expiresAt: startTime + hour }));

  expect(error.code).toBe('RETAINED');
  expect(await artifactKeys(backend)).toEqual([record]);
});

test('markers carry the grace of the store', async () => {
  const { store, backend } = open({ randomBytes: countingNames(), graceMs: 5 * day });
  await store.upload('A/b', 'x');

  await store.delete('A/b');

  expect((await artifactKeys(backend))[0]).toBe(`pending/${startTime + 5 * day}-${drawn(3)}/${drawn(2)}/=41/b`);
});

test('the first write says the format of the store, and reading writes nothing', async () => {
  const { store, backend } = opened();
  await store.getMetadata('A/b');
  expect(await artifactKeys(backend)).toEqual([]);

  await store.upload('A/b', 'x');

  const said = await backend.read('store.json');
  expect(said).toMatchObject({ status: 'found', info: { size: '{"format":1}'.length } });
});
