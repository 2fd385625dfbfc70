import { expect, test } from 'vitest';

import { migrate } from './migrate.ts';
import { signPayload } from './signing.ts';
import { hmacKeyring } from './keyring.ts';
import { content, hour, objectAt, open, refusal, secretOf, startTime, state } from './store.test-helper.ts';

const quota = { maxBytes: 1000 };
const keys = { k1: secretOf('k1'), k2: secretOf('k2') };
const rotated = hmacKeyring({ active: 'k2', keys });

test('I-18 signing anew settles what nobody settled yet, in every namespace and without being told of a quota', async () => {
  const { store, backend, clock } = open({ quota });
  const inside = store.namespace('n', { quota });
  const { revision } = await inside.upload('a', content(100));
  await inside.close();
  // As after a crash between commit and settling.
  const reservation = { id: 'a', revision, bytes: 100, deadline: startTime + hour };
  const payload = {
    v: 1,
    audience: 'test',
    namespace: 'n',
    revision: 'a'.repeat(32),
    bytes: 0,
    count: 0,
    reservations: [reservation],
    leases: [],
  };
  const type = 'application/vnd.artifacts.ledger.v1+json';
  const { line } = await signPayload(hmacKeyring({ active: 'k1', keys }), type, Buffer.from(JSON.stringify(payload)));
  await backend.write('ns/n/ledger/usage', Buffer.concat([line, Buffer.from('\n')]));

  expect((await open({ backend, clock, signing: rotated }).store.resign()).resigned).toBe(1);

  clock.advance(2 * hour);
  const later = open({ backend, clock, signing: rotated }).store.namespace('n', { quota });
  await later.upload('b', content(900));
  expect(await later.usage()).toEqual({ bytes: 1000, count: 2, from: 'ledger' });
});

test('I-18 signing anew also signs ledgers, those of idle namespaces too, so that the old key may go', async () => {
  const { store, backend, clock } = open({ quota });
  const inside = store.namespace('n', { quota });
  await store.upload('a', content(100));
  await inside.upload('b', content(200));
  await store.close();
  const own = { backend, clock, signing: rotated };
  await backend.write('ns/bad/ledger/usage', Buffer.from('nothing'));

  await open(own).store.resign({ to: 'k2' });

  expect(await objectAt(backend, 'ns/bad/ledger/usage')).toEqual(Buffer.from('nothing'));
  const after = await state(backend);
  await open(own).store.resign({ to: 'k2' });
  expect(await state(backend)).toEqual(after);
  const alone = hmacKeyring({ active: 'k2', keys: { k2: keys.k2 } });
  const later = open({ backend, clock, signing: alone, quota }).store;
  expect(await later.usage()).toEqual({ bytes: 100, count: 1, from: 'ledger' });
  expect(await later.namespace('n', { quota }).usage()).toEqual({ bytes: 200, count: 1, from: 'ledger' });
});

test('I-18 what a migration brings, rewrites and takes away is accounted for on both sides', async () => {
  const from = open({ quota });
  const to = open({ quota, audience: 'other' });
  await from.store.upload('a', content(100));
  await from.store.upload('b', content(200));
  await from.store.namespace('n', { quota }).upload('c', content(300));
  await to.store.namespace('n', { quota }).upload('d', content(50));

  await migrate(open({ backend: from.backend }).store, open({ backend: to.backend, audience: 'other' }).store, {
    deleteSource: true,
  });

  expect(await from.store.usage()).toEqual({ bytes: 0, count: 0, from: 'ledger' });
  expect(await from.store.namespace('n', { quota }).usage()).toEqual({ bytes: 0, count: 0, from: 'ledger' });
  expect(await to.store.namespace('n', { quota }).usage()).toEqual({ bytes: 350, count: 2, from: 'ledger' });
  expect((await to.store.recount()).bytes).toBe(300);
});

test('I-18 a migration ends where the quota of its destination does', async () => {
  const from = open();
  const to = open({ quota, audience: 'other' });
  await from.store.upload('a', content(600));
  await from.store.upload('b', content(500));

  const refused = await refusal(migrate(from.store, to.store, { concurrency: 1 }));

  expect(refused).toMatchObject({ code: 'QUOTA_EXCEEDED', artifactId: 'b' });
  expect(await to.store.usage()).toEqual({ bytes: 600, count: 1, from: 'ledger' });
});
