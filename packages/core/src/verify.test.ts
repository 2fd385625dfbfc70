import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { watched } from './faults.test-helper.ts';
import type { Finding, VerifyOptions, VerifyProgress } from './finding.ts';
import { rekeyed, signingWith } from './keys-in-use.test-helper.ts';
import type { ArtifactStore } from './store.ts';
import {
  attempt,
  Clock,
  collect,
  content,
  day,
  flip,
  hour,
  keysOf,
  mebibyte,
  objectAt,
  onlyKey,
  type Opened,
  open,
  sha256,
  startTime,
  state,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** Small and large artifacts, expiring, updated, replaced and deleted ones, in two places. */
async function filled(options: Parameters<typeof open>[0] = {}): Promise<Opened> {
  const opened = open({ signing: signingWith('k1'), ...options });
  for (const store of [opened.store, opened.store.namespace('tenant')]) {
    await store.upload('deleted', content(100_000));
    await store.delete('deleted');
    await store.upload('expiring', content(70_000, 2), { expiresAt: startTime + day });
    await store.upload('large', content(100_000, 3));
    await store.upload('large', content(2 * mebibyte + 5, 4));
    await store.update('large', { metadata: { n: 1 } });
    await store.upload('small', 'x');
  }
  return opened;
}

const named = ({ code, namespace, id }: Finding): unknown[] => [code, namespace, id];

async function found(store: ArtifactStore, options?: VerifyOptions): Promise<unknown[]> {
  return (await collect(store.verify(options))).map(named);
}

async function contentOfId(backend: ArtifactBackend, id: string, prefix = ''): Promise<string> {
  // One that a marker leads to was replaced.
  const pending = (await keysOf(backend, `${prefix}pending/`)).map((key) => key.slice(prefix.length).split('/')[2]);
  const keys = await keysOf(backend, `${prefix}content/${sha256(id)}/`);
  return keys.find((key) => !pending.includes(key.slice(-32))) ?? '';
}

test('a store in which all is well has no findings, whether or not its content is read', async () => {
  const { store } = await filled();
  const told: VerifyProgress[] = [];

  expect(await found(store)).toEqual([]);
  expect(await found(store, { readContent: true, onProgress: (progress) => void told.push(progress) })).toEqual([]);

  const size = 2 * (70_000 + 2 * mebibyte + 5);
  expect(told.length).toBe(8);
  expect(told.at(-1)).toMatchObject({ records: 8, findings: 0, bytes: size });
});

test('I-2 each thing that is wrong is found, by its own code and at its place', async () => {
  const { store, backend } = await filled();
  const k2 = rekeyed({ store, backend, clock: new Clock() }, 'k2').store;
  await flip(backend, 'records/small', 400);
  await backend.write('records/=zz', Buffer.from('nobody'));
  await k2.upload('of k2', 'x');
  await backend.delete(await contentOfId(backend, 'expiring'));
  await flip(backend, (await contentOfId(backend, 'expiring', 'ns/tenant/')) || '', 500);
  await backend.delete(await onlyKey(backend, 'ns/tenant/expiry/'));
  const orphan = `content/${sha256('nobody')}/${'7'.repeat(32)}`;
  await backend.write(orphan, content(10));
  const ofLarge = `content/${sha256('large')}/${'8'.repeat(32)}`;
  await backend.write(ofLarge, content(10));
  const tail = await objectAt(backend, 'ns/tenant/records/small');
  await flip(backend, 'ns/tenant/records/small', 8 * tail.length - 1);

  const reader = open({ backend, signing: signingWith('k1', ['k2']) }).store;
  const findings = await collect(reader.verify({ readContent: true }));

  const orphans = findings.splice(-2);
  expect(findings.map(named)).toEqual([
    ['WRONG_CONTENT', 'tenant', 'expiring'],
    ['MISSING_EXPIRY_MARKER', 'tenant', 'expiring'],
    ['WRONG_CONTENT', 'tenant', 'small'],
    ['BAD_RECORD', undefined, undefined],
    ['MISSING_CONTENT', undefined, 'expiring'],
    ['REVOKED_KEY', undefined, 'of k2'],
    ['BAD_RECORD', undefined, 'small'],
  ]);
  expect(findings.find(({ code }) => code === 'REVOKED_KEY')?.error).toMatchObject({ code: 'KEY_REVOKED' });
  expect(orphans.map(({ code, id, key }) => `${code} ${id} ${key}`).toSorted()).toEqual([
    `ORPHAN_CONTENT large ${ofLarge}`,
    `ORPHAN_CONTENT undefined ${orphan}`,
  ]);
  expect(
    await found(open({ backend, audience: 'other', signing: signingWith('k1') }).store.namespace('tenant')),
  ).toEqual(['deleted', 'expiring', 'large', 'small'].map((id) => ['BAD_RECORD', undefined, id]));
});

test('without reading content it is found missing and cut, and not changed', async () => {
  const { store, backend } = await filled();
  await backend.delete(await contentOfId(backend, 'expiring'));
  const large = await contentOfId(backend, 'large');
  await backend.write(large, content(2 * mebibyte));
  await flip(backend, await contentOfId(backend, 'expiring', 'ns/tenant/'), 500);
  const { backend: counted, calls } = watched(backend);

  expect(await found(open({ backend: counted, signing: signingWith('k1') }).store)).toEqual([
    ['MISSING_CONTENT', undefined, 'expiring'],
    ['WRONG_CONTENT', undefined, 'large'],
  ]);
  expect(new Set(calls.map(({ call }) => call))).toEqual(new Set(['list', 'read']));
  expect(await found(store, { readContent: true })).toHaveLength(3);
});

test('I-28 verifying changes nothing', async () => {
  const { store, backend } = await filled();
  await flip(backend, 'records/small', 400);
  const before = await state(backend);

  await found(store, { readContent: true });

  expect(await state(backend)).toEqual(before);
});

test('it goes on behind the cursor of its progress and of its findings, and finds the rest', async () => {
  const { store, backend } = await filled();
  for (const prefix of ['', 'ns/tenant/']) {
    await flip(backend, `${prefix}records/small`, 400);
    await flip(backend, `${prefix}records/expiring`, 400);
    await backend.write(`${prefix}content/${sha256('nobody')}/${'7'.repeat(32)}`, content(10));
  }
  const all = await collect(store.verify());
  const ofEach = ['BAD_RECORD', 'BAD_RECORD', 'ORPHAN_CONTENT'];
  expect(all.map(({ code }) => code)).toEqual([...ofEach, ...ofEach]);

  for (const [index, { code, cursor }] of all.entries()) {
    // What nothing leads to is looked for again, since it comes after all records.
    const rest = code === 'ORPHAN_CONTENT' ? all.slice(index) : all.slice(index + 1);
    expect(await collect(store.verify({ after: cursor }))).toEqual(rest);
  }
});

test('what is uploaded, replaced, updated, deleted and swept meanwhile is no finding', async () => {
  for (let n = 1; n < 60; n += 1) {
    const { store, backend: inner, clock } = await filled();
    const changes = [
      () => store.upload('large', content(100_000, 9)),
      () => store.upload('new', content(100_000, 8)),
      () => store.delete('expiring'),
      () => store.update('small', { expiresAt: startTime + 2 * day }),
      () => store.namespace('tenant').upload('large', 'small now'),
      () => store.update('expiring', { hold: true, metadata: { n } }).catch(() => undefined),
    ];
    const { backend } = watched(inner, async (call) => {
      if (call >= n && (call - n) % 5 === 0) await changes.shift()?.();
    });

    const findings = await found(open({ backend, clock, signing: signingWith('k1') }).store, {
      readContent: true,
      concurrency: 2,
    });

    expect(findings, `from call ${n}`).toEqual([]);
  }
});

test('a marker that a sweep moved to a later time leads to its record', async () => {
  const { store, backend, clock } = open({ signing: signingWith('k1') });
  await store.upload('held', 'x', { expiresAt: startTime + hour, hold: true });
  clock.advance(2 * hour);
  await store.sweep();
  expect(await onlyKey(backend, 'expiry/')).not.toContain(`expiry/${startTime + hour}`);

  expect(await found(store)).toEqual([]);
});

test('what has a marker is left to the sweep, and the content of a record that does not verify is nobody else’s', async () => {
  const { store, backend } = await filled();
  expect((await keysOf(backend, 'pending/')).length).toBeGreaterThan(0);
  await flip(backend, 'records/large', 400);

  expect(await found(store)).toEqual([['BAD_RECORD', undefined, 'large']]);
});

test('a sample reads the content of some artifacts, drawn at random', async () => {
  const draws = [0x00, 0xff, 0x7f, 0x80];
  const { backend, clock } = await filled();
  const told: VerifyProgress[] = [];
  const { store } = open({
    backend,
    clock,
    signing: signingWith('k1'),
    randomBytes: (size) => new Uint8Array(size).fill(draws.shift() ?? 0xff),
  });

  await found(store.namespace('tenant'), {
    readContent: true,
    sample: 0.5,
    concurrency: 1,
    onProgress: (progress) => void told.push(progress),
  });

  // Drawn in the order of keys: deleted, expiring, large, small. Only the first and the third are below a half.
  expect(told.at(-1)?.bytes).toBe(2 * mebibyte + 5);
});

test('no more bytes are read in a second than is allowed', async () => {
  const { backend, clock } = await filled();
  const waits: number[] = [];
  const { store } = open({
    backend,
    clock,
    signing: signingWith('k1'),
    sleep: async (ms) => {
      waits.push(ms);
      clock.advance(ms);
    },
  });

  await found(store.namespace('tenant'), { readContent: true, bytesPerSecond: mebibyte, concurrency: 1 });

  const total = waits.reduce((sum, ms) => sum + ms, 0);
  expect(total).toBe(Math.ceil(((2 * mebibyte + 5 + 70_000) * 1000) / mebibyte));
});

test('I-25 an abort ends it with its reason, and leaving it ends what it reads', async () => {
  const { store } = await filled();
  const enough = new Error('enough');
  const controller = new AbortController();

  await expect(
    collect(store.verify({ signal: controller.signal, concurrency: 1, onProgress: () => controller.abort(enough) })),
  ).rejects.toBe(enough);
  await flip((await filled()).backend, 'records/small', 400);
  for await (const _ of store.verify()) break;
});

const wrong: readonly (readonly [options: object, field: string])[] = [
  [{ readContent: 1 }, 'readContent'],
  [{ readContent: true, sample: 0 }, 'sample'],
  [{ readContent: true, sample: 1.1 }, 'sample'],
  [{ readContent: true, sample: Number.NaN }, 'sample'],
  [{ sample: 0.5 }, 'sample'],
  [{ bytesPerSecond: 5 }, 'bytesPerSecond'],
  [{ readContent: true, bytesPerSecond: 0 }, 'bytesPerSecond'],
  [{ after: 'made up' }, 'after'],
  [{ concurrency: 0 }, 'concurrency'],
  [{ onProgress: 7 }, 'onProgress'],
];

test.each(wrong)('I-26 %j is refused before any I/O, naming the field', async (options, field) => {
  const { backend, calls } = watched((await filled()).backend);

  expect(attempt(() => open({ backend }).store.verify(options))).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  expect(calls).toEqual([]);
});

test('a storage that fails ends it with the failure', async () => {
  const { backend } = await filled();
  const broken = wrapBackend(backend, { read: () => Promise.reject(new Error('EIO')) });

  await expect(collect(open({ backend: broken }).store.verify())).rejects.toMatchObject({ code: 'BACKEND' });
});

test('content of an upload that never ended is found once its marker has been due for a grace, and no earlier', async () => {
  const { store, backend, clock } = open();
  const revision = '8'.repeat(32);
  const key = `content/${sha256('never')}/${revision}`;
  const nobodys = `content/${sha256('nobody')}/${'7'.repeat(32)}`;
  for (const [object, marker] of [
    [key, `pending/${startTime}-${'a'.repeat(32)}/${revision}/never`],
    [nobodys, `pending/${startTime}-${'b'.repeat(32)}/${'7'.repeat(32)}/==${sha256('nobody')}`],
  ] as const) {
    await backend.write(object, content(10));
    await backend.write(marker, new Uint8Array(0));
  }
  await store.upload('never', 'x');

  clock.advance(day);
  expect(await collect(store.verify())).toEqual([]);
  clock.advance(1);
  const findings = await collect(store.verify());
  expect(findings.map(({ code, id, key: at }) => `${code} ${id} ${at}`).toSorted()).toEqual([
    `STALE_TEMPORARY never ${key}`,
    `STALE_TEMPORARY undefined ${nobodys}`,
  ]);

  for (const finding of findings) expect(await store.repair(finding)).toEqual({ outcome: 'left' });
  await store.sweep({ full: true });
  expect(await collect(store.verify())).toEqual([]);
  for (const finding of findings) expect(await store.repair(finding)).toEqual({ outcome: 'sound' });
});

test('content with a stale marker that its record names is no finding', async () => {
  const { store, backend, clock } = open();
  await store.upload('large', content(100_000));
  const [, , revision = ''] = (await onlyKey(backend, 'content/')).split('/');
  await backend.write(`pending/${startTime}-${'a'.repeat(32)}/${revision}/large`, new Uint8Array(0));
  clock.advance(3 * day);

  expect(await collect(store.verify())).toEqual([]);
});
