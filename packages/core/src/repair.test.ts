import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import type { ArtifactError } from './errors.ts';
import type { Finding } from './finding.ts';
import { signingWith } from './keys-in-use.test-helper.ts';
import { migrate } from './migrate.ts';
import type { RepairOptions, RepairResult } from './repair.ts';
import type { ArtifactStore } from './store.ts';
import {
  collect,
  content,
  day,
  flip,
  hour,
  keyringOf,
  keysOf,
  objectAt,
  type Opened,
  open,
  refusal,
  sha256,
  startTime,
  state,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** A store and its backup, which has other keys. */
async function backedUp(): Promise<{ from: Opened; backup: Opened }> {
  const from = open({ signing: signingWith('k1') });
  for (const store of [from.store, from.store.namespace('tenant')]) {
    await store.upload('expiring', content(70_000, 2), { expiresAt: startTime + day });
    await store.upload('held', content(100_000, 3), { hold: true, metadata: { n: 1 } });
    await store.upload('small', 'x', { name: 'named', retainUntil: startTime + hour });
  }
  const backup = open({ clock: from.clock, signing: keyringOf('k9'), audience: 'backup' });
  await migrate(from.store, backup.store);
  return { from, backup };
}

async function repaired(store: ArtifactStore, options?: RepairOptions): Promise<RepairResult[]> {
  const results: RepairResult[] = [];
  for (const finding of await collect(store.verify({ readContent: true })))
    results.push(await store.repair(finding, options));
  return results;
}

const outcomes = (results: readonly RepairResult[]): string[] => results.map(({ outcome }) => outcome);

async function damaged(backend: ArtifactBackend, prefix = ''): Promise<void> {
  const [expiring = ''] = await keysOf(backend, `${prefix}content/${sha256('expiring')}/`);
  await backend.delete(expiring);
  const [held = ''] = await keysOf(backend, `${prefix}content/${sha256('held')}/`);
  await flip(backend, held, 500);
  await flip(backend, `${prefix}records/small`, 8 * (await objectAt(backend, `${prefix}records/small`)).length - 1);
}

test('content is taken from a backup that has the very bytes, also of what is held or retained', async () => {
  const { from, backup } = await backedUp();
  const before = await collect(from.store.list());
  await damaged(from.backend);
  await damaged(from.backend, 'ns/tenant/');

  expect(outcomes(await repaired(from.store, { from: backup.store }))).toEqual(Array(6).fill('restored'));

  expect(await collect(from.store.verify({ readContent: true }))).toEqual([]);
  const strip = (metadata: object): object => ({ ...metadata, revision: '', signature: '' });
  expect((await collect(from.store.list())).map(strip)).toEqual(before.map(strip));
  expect(sha256(await (await from.store.download('held')).bytes())).toBe(sha256(content(100_000, 3)));
  // The damaged content has a marker: the sweep removes it after the grace.
  from.clock.advance(2 * day);
  expect((await from.store.sweep()).counts).toMatchObject({ contents: expect.any(Number) as number });
  expect((await keysOf(from.backend, `content/${sha256('held')}/`)).length).toBe(1);
});

test('content of which the other store has another version stays as it is', async () => {
  const { from, backup } = await backedUp();
  await backup.store.upload('expiring', content(70_000, 9));
  await damaged(from.backend);
  const before = await state(from.backend);

  expect(outcomes(await repaired(from.store))).toEqual(['left', 'left', 'left']);
  expect(await state(from.backend)).toEqual(before);
  const results = await repaired(from.store, { from: backup.store });
  expect(outcomes(results)).toEqual(['left', 'restored', 'restored']);
  expect(results[0]?.error).toMatchObject({ code: 'INTEGRITY', artifactId: 'expiring' });
});

test('a record that does not verify is put aside whole, and its id can be used again', async () => {
  for (const can of [{ conditionalDelete: true }, { conditionalDelete: false }]) {
    const { from } = await backedUp();
    const backend = wrapBackend(from.backend, {
      capabilities: async () => ({ createIfAbsent: true, compareAndSwap: true, ...can }),
    });
    await flip(backend, 'records/held', 400);
    const bad = await objectAt(backend, 'records/held');
    const { store } = open({ backend, clock: from.clock, signing: signingWith('k1') });

    const [result, ...others] = await repaired(store);

    expect([result?.outcome, others]).toEqual(['quarantined', []]);
    expect(await objectAt(backend, result?.quarantined ?? '')).toEqual(bad);
    expect(await store.getMetadata('held')).toBeUndefined();
    expect((await store.upload('held', 'anew', { ifGeneration: 0 })).generation).toBe(1);
  }
});

test('in its place comes what a backup has, with all that is said of it', async () => {
  const { from, backup } = await backedUp();
  const before = await from.store.getMetadata('held');
  await flip(from.backend, 'records/held', 400);

  const [result] = await repaired(from.store, { from: backup.store });

  expect(result?.outcome).toBe('restored');
  const { revision, signature } = (await from.store.getMetadata('held')) ?? {};
  expect(await from.store.getMetadata('held')).toEqual({ ...before, revision, signature });
  expect((await keysOf(from.backend, 'quarantine/')).length).toBe(1);
  // What the bad record named nobody vouched for; now it is content that nothing leads to.
  const left = await collect(from.store.verify({ readContent: true }));
  expect(left.map(({ code, id }) => [code, id])).toEqual([['ORPHAN_CONTENT', 'held']]);
});

test('nothing is put aside when what would take its place is not whole', async () => {
  const { from, backup } = await backedUp();
  await flip(from.backend, 'records/held', 400);
  const [held = ''] = await keysOf(backup.backend, `content/${sha256('held')}/`);
  await flip(backup.backend, held, 500);
  const before = await state(from.backend);
  const [finding] = await collect(from.store.verify());

  const error = await refusal(from.store.repair(finding as Finding, { from: backup.store }));

  expect(error).toMatchObject({ code: 'INTEGRITY', artifactId: 'held' });
  expect(await state(from.backend)).toEqual(before);
});

test('a record of an unknown or revoked key is left, since the keyring may be wrong', async () => {
  const { from, backup } = await backedUp();
  for (const signing of [keyringOf('k9'), signingWith('k2', ['k1'])]) {
    const { store } = open({ backend: from.backend, clock: from.clock, signing });
    const before = await state(from.backend);

    const results = await repaired(store);

    expect(new Set(outcomes(results))).toEqual(new Set(['left']));
    expect(await state(from.backend)).toEqual(before);
  }
  const { store } = open({ backend: from.backend, clock: from.clock, signing: signingWith('k2', ['k1']) });
  expect(new Set(outcomes(await repaired(store, { from: backup.store })))).toEqual(new Set(['restored']));
  expect((await store.getMetadata('held'))?.keyId).toBe('k2');
  expect((await keysOf(from.backend, 'quarantine/')).length).toBe(3);
});

test('a missing expiry marker is written again, and the sweep follows it', async () => {
  const { from } = await backedUp();
  for (const key of await keysOf(from.backend, 'expiry/')) await from.backend.delete(key);

  expect(outcomes(await repaired(from.store))).toEqual(['marked']);

  expect(await collect(from.store.verify())).toEqual([]);
  from.clock.advance(2 * day);
  expect((await from.store.sweep()).counts).toMatchObject({ artifacts: 2 });
});

test('I-8 content that nothing leads to gets a marker, and is gone after the grace', async () => {
  const { from } = await backedUp();
  await from.backend.write(`content/${sha256('nobody')}/${'7'.repeat(32)}`, content(10));
  await from.backend.write(`content/${sha256('small')}/${'8'.repeat(32)}`, content(10));

  expect(outcomes(await repaired(from.store))).toEqual(['marked', 'marked']);

  expect((await collect(from.store.verify())).length).toBe(0);
  from.clock.advance(hour * 25);
  await from.store.sweep({ full: true });
  expect(await keysOf(from.backend, `content/${sha256('nobody')}/`)).toEqual([]);
  expect(await keysOf(from.backend, `content/${sha256('small')}/`)).toEqual([]);
  expect(sha256(await (await from.store.download('held')).bytes())).toBe(sha256(content(100_000, 3)));
});

test('a finding that no longer holds, or was made up, changes nothing', async () => {
  const { from, backup } = await backedUp();
  const before = await state(from.backend);

  for (const code of [
    'BAD_RECORD',
    'MISSING_CONTENT',
    'WRONG_CONTENT',
    'UNKNOWN_KEY',
    'MISSING_EXPIRY_MARKER',
  ] as const) {
    const finding: Finding = { code, id: 'held', key: 'records/held' };
    expect(await from.store.repair(finding, { from: backup.store })).toEqual({ outcome: 'sound' });
  }
  for (const key of ['records/held', 'content/', `content/${sha256('x')}/${'7'.repeat(32)}`])
    expect(await from.store.repair({ code: 'ORPHAN_CONTENT', key })).toEqual({ outcome: 'sound' });
  expect((await from.store.repair({ code: 'BAD_RECORD', key: 'records/=zz' })).outcome).toBe('left');
  expect(await state(from.backend)).toEqual(before);
  for (const [finding, options, field] of [
    [undefined, {}, 'finding'],
    [{ code: 'BAD_RECORD' }, {}, 'finding'],
    [{ code: 'BAD_RECORD', id: '../', key: 'x' }, {}, 'id'],
    [{ code: 'BAD_RECORD', id: 'a', key: 'x' }, { from: {} }, 'from'],
  ] as const)
    expect(await refusal(from.store.repair(finding as never, options as never))).toMatchObject({ field });
});

test('without any condition nothing is put aside', async () => {
  const { from } = await backedUp();
  await flip(from.backend, 'records/held', 400);
  const none = { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false };
  const backend = wrapBackend(from.backend, { capabilities: async () => none });
  const before = await state(backend);
  const { store } = open({ backend, clock: from.clock, signing: signingWith('k1') });
  const [finding] = await collect(store.verify());

  expect(await refusal(store.repair(finding as Finding))).toMatchObject({ code: 'UNSUPPORTED', field: 'repair' });
  expect(await state(backend)).toEqual(before);
});

test('a record that is written while it is repaired is not put aside', async () => {
  const { from } = await backedUp();
  await flip(from.backend, 'records/held', 400);
  const [finding] = await collect(from.store.verify());
  const backend = wrapBackend(from.backend, {
    async write(key, body, options) {
      const written = await from.backend.write(key, body, options);
      if (key.startsWith('quarantine/')) {
        await from.store.delete('held', { unverified: true });
        await from.store.upload('held', 'written meanwhile');
      }
      return written;
    },
  });

  const { store } = open({ backend, clock: from.clock, signing: signingWith('k1') });

  expect(await refusal(store.repair(finding as Finding))).toMatchObject({ code: 'SUPERSEDED', artifactId: 'held' });
  expect(await (await store.download('held')).text()).toBe('written meanwhile');
  expect(await keysOf(backend, 'quarantine/')).toEqual([]);
});

/** Repairs a bad record of "held" that is written over with another key or the same one, just before it would be put aside. */
async function repairedLate(name: string, withBackup: boolean): Promise<{ error: ArtifactError; from: Opened }> {
  const { from, backup } = await backedUp();
  await flip(from.backend, 'records/held', 400);
  const [finding] = await collect(from.store.verify());
  const { store: other } = open({ backend: from.backend, clock: from.clock, signing: signingWith(name) });
  let reads = 0;
  const backend = wrapBackend(from.backend, {
    async read(key, options) {
      if (key === 'records/held') reads += 1;
      if (key === 'records/held' && reads === 2) {
        await other.delete('held', { unverified: true });
        await other.upload('held', 'written meanwhile', { hold: true });
      }
      return from.backend.read(key, options);
    },
  });
  const { store } = open({ backend, clock: from.clock, signing: keyringOf('k1') });
  const repair = store.repair(finding as Finding, withBackup ? { from: backup.store } : {});
  const error = await refusal(repair);
  expect(await (await other.download('held')).text()).toBe('written meanwhile');
  return { error, from };
}

test('I-12 a record that is written between the judgement and its putting aside stays, also one of a key that is not known here', async () => {
  for (const name of ['k1', 'k2']) {
    for (const withBackup of [false, true]) {
      const { error, from } = await repairedLate(name, withBackup);

      expect(error).toMatchObject({ code: 'SUPERSEDED', artifactId: 'held' });
      expect(await keysOf(from.backend, 'quarantine/')).toEqual([]);
    }
  }
});
