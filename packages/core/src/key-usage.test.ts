import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { rekeyed, signingWith } from './keys-in-use.test-helper.ts';
import { flip, objectAt, open, refusal } from './store.test-helper.ts';

/** `a` by k1, `b` by k2, `c` and `deleted` by both, `a` of a namespace by k1. */
async function filled() {
  const opened = open({ signing: signingWith('k1') });
  await opened.store.upload('a', 'x');
  await opened.store.namespace('tenant').upload('a', 'x');
  await rekeyed(opened, 'k2').store.upload('b', 'x');
  const both = rekeyed(opened, ['k1', 'k2']).store;
  await both.upload('c', 'x');
  await both.upload('deleted', 'x');
  await both.delete('deleted');
  return opened;
}

test('every record counts for each key that vouches for it, in all namespaces, the deleted ones included', async () => {
  const { store } = await filled();

  expect(await store.keyUsage()).toEqual({
    records: 5,
    signedBy: { k1: 4, k2: 3 },
    onlyBy: { k1: 2, k2: 1 },
    losing: [],
    failed: 0,
    failures: [],
  });
  expect(await store.namespace('tenant').keyUsage()).toMatchObject({ records: 1, signedBy: { k1: 1 } });
});

test('what would be lost without a key is listed before it is revoked, and is what is lost then', async () => {
  const opened = await filled();
  await opened.store.upload('gone', 'x');
  await opened.store.delete('gone');

  const { losing } = await opened.store.keyUsage({ losing: 'k1' });

  expect(losing).toEqual([
    { namespace: 'tenant', id: 'a', deleted: false },
    { id: 'a', deleted: false },
    { id: 'gone', deleted: true },
  ]);
  const { store } = rekeyed(opened, 'k2', ['k1']);
  for (const { namespace, id } of losing) {
    const at = namespace === undefined ? store : store.namespace(namespace);
    expect(await refusal(at.getMetadata(id))).toMatchObject({ code: 'KEY_REVOKED' });
  }
  expect(await store.keyUsage()).toMatchObject({ records: 3, signedBy: { k2: 3 }, onlyBy: { k2: 3 }, failed: 3 });
});

test('I-2 a signature that does not verify vouches for nothing, and a record without a good one is told', async () => {
  const opened = await filled();
  const { store, backend } = opened;
  const text = Buffer.from(await objectAt(backend, 'records/c'));
  const at = text.lastIndexOf('"sig":"') + 10;
  // Another character of base64: with any other the whole record would be in no form at all.
  text.write(text.toString('latin1', at, at + 1) === 'A' ? 'B' : 'A', at);
  await backend.write('records/c', text);
  await flip(backend, 'records/b', 400);

  const usage = await store.keyUsage();

  expect(usage).toMatchObject({ records: 4, signedBy: { k1: 4, k2: 1 }, onlyBy: { k1: 3 }, failed: 1 });
  expect(usage.failures).toMatchObject([{ id: 'b' }]);
});

test('I-28 counting reads the line of each record once and writes nothing', async () => {
  const { backend, calls } = watched((await filled()).backend);

  await open({ backend, signing: signingWith('k2') }).store.keyUsage();

  expect(new Set(calls.map(({ call }) => call))).toEqual(new Set(['list', 'read']));
  expect(calls.filter(({ call }) => call === 'read').length).toBe(5);
});

test('a key id that no keyring could hold is refused before any I/O', async () => {
  const { backend, calls } = watched((await filled()).backend);
  const { store } = open({ backend });

  for (const losing of ['', 7, 'a b', 'k'.repeat(129)])
    expect(await refusal(store.keyUsage({ losing: losing as never }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      field: 'losing',
    });
  expect(calls).toEqual([]);
});
