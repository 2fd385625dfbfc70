import { expect, test } from 'vitest';

import { signingWith } from './keys-in-use.test-helper.ts';
import { collect, content, flip, objectAt, open } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const quota = { maxBytes: 10_000 };
const signing = signingWith('k1');

test('I-18 a ledger that does not verify is found, and counted anew, without being told of a quota', async () => {
  const { store, backend, clock } = open({ quota, signing });
  const inside = store.namespace('n', { quota });
  await store.upload('a', content(100));
  await inside.upload('b', content(200));
  await flip(backend, 'ledger/usage', 400);
  await backend.write('ns/n/ledger/usage', Buffer.from('nothing'));
  const other = open({ backend, clock, signing }).store;

  const findings = await collect(other.verify());

  expect(findings.map(({ code, namespace, id, key }) => [code, namespace, id, key])).toEqual([
    ['WRONG_LEDGER', 'n', undefined, 'ledger/usage'],
    ['WRONG_LEDGER', undefined, undefined, 'ledger/usage'],
  ]);
  for (const finding of findings) expect(await other.repair(finding)).toEqual({ outcome: 'recounted' });
  expect(await collect(other.verify())).toEqual([]);
  for (const finding of findings) expect(await other.repair(finding)).toEqual({ outcome: 'sound' });
  expect(await open({ backend, clock, quota, signing }).store.usage()).toEqual({
    bytes: 100,
    count: 1,
    from: 'ledger',
  });
  await backend.delete('ledger/usage');
  expect((await other.repair({ code: 'WRONG_LEDGER', key: 'ledger/usage' })).outcome).toBe('sound');
});

test('I-18 a ledger that says something else than the records is found, with both figures', async () => {
  const { store, backend, clock } = open({ quota, signing });
  await store.upload('a', content(100));
  await store.upload('b', content(50));
  await store.delete('b');
  const old = await objectAt(backend, 'ledger/usage');
  await store.upload('c', content(7));
  expect(await collect(store.verify())).toEqual([]);
  await store.close();

  await backend.write('ledger/usage', old);

  const reader = open({ backend, clock, signing }).store;
  const [finding, ...others] = await collect(reader.verify());
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ code: 'WRONG_LEDGER', error: { code: 'INTEGRITY' } });
  expect(finding?.error?.message).toContain('says 100 bytes in 1 artifacts, and there are 107 in 2');
  // Also behind a cursor: what was verified before is counted, too.
  const after = finding?.cursor;
  expect((await collect(reader.verify({ after }))).map(({ code }) => code)).toEqual(['WRONG_LEDGER']);
});

test('beside a record that does not verify the figures of a ledger are not judged', async () => {
  const { store, backend } = open({ quota, signing });
  await store.upload('a', content(100));
  await flip(backend, 'records/a', 400);

  expect((await collect(store.verify())).map(({ code }) => code)).toEqual(['BAD_RECORD']);
});

test('what changes while records are read makes no finding of a ledger', async () => {
  const { store, backend, clock } = open({ quota, signing });
  await store.upload('a', content(100));
  let deleted = false;
  const watched = wrapBackend(backend, {
    read: async (key, options) => {
      if (key === 'records/a' && !deleted) {
        deleted = true;
        await store.delete('a');
      }
      return backend.read(key, options);
    },
  });

  expect(await collect(open({ backend: watched, clock, signing }).store.verify())).toEqual([]);
  expect(deleted).toBe(true);
});

test('of a ledger with a reservation the figures are not judged', async () => {
  const { store, backend, clock } = open({ quota: { maxBytes: 1_000_000 }, signing });
  await store.upload('a', content(100));
  let findings: unknown;
  await store.upload(
    'b',
    (async function* () {
      yield content(100_000);
      yield content(100_000);
      // A writer without the quota: what it does is not in the ledger.
      await open({ backend, clock, signing }).store.upload('c', content(5));
      findings = await collect(open({ backend, clock, signing }).store.verify());
    })(),
  );

  expect(findings).toEqual([]);
  expect((await collect(store.verify())).map(({ code }) => code)).toEqual(['WRONG_LEDGER']);
});
