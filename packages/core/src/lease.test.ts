import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { failing, faults, watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import type { ArtifactStore } from './store.ts';
import { Clock, collect, content, mebibyte, objectAt, open, refusal, second } from './store.test-helper.ts';

const ledgerKey = 'ledger/usage';
/** Takes as long as other work does, so that those who wait let others go on. */
const breathing = { sleep: () => new Promise<void>((resolve) => void setImmediate(resolve)) };
/** Never ends, so that nothing is handed back because time passed. */
const patient = {
  sleep: (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (ms !== 1000) setImmediate(resolve);
      else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
};

interface Payload {
  readonly bytes: number;
  readonly count: number;
  readonly reservations: readonly { readonly id: string }[];
  readonly leases: readonly { readonly bytes: number; readonly count: number; readonly deadline: number }[];
}

async function payloadOf(backend: Parameters<typeof objectAt>[0]): Promise<Payload> {
  const { payload } = JSON.parse(Buffer.from(await objectAt(backend, ledgerKey)).toString()) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString()) as Payload;
}

async function there(store: ArtifactStore): Promise<{ bytes: number; count: number }> {
  const artifacts = await collect(store.list());
  return { bytes: artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), count: artifacts.length };
}

/** A store that was busy enough to have a lease. */
async function leasing(options: Parameters<typeof open>[0] = {}, leases = 1) {
  const opened = open({ quota: { maxBytes: mebibyte }, ...patient, ...options });
  await opened.store.upload('first', content(100));
  await opened.store.upload('second', content(100));
  expect((await payloadOf(opened.backend)).leases.length).toBe(leases);
  return opened;
}

test('a busy writer takes a lease, and then asks nobody until that is filled', async () => {
  const { backend, calls } = watched(memoryBackend());
  const { store } = await leasing({ backend });
  calls.length = 0;

  for (let i = 0; i < 30; i += 1) await store.upload(`a/${i}`, content(100));

  expect(calls.filter(({ key }) => !key.startsWith('records/'))).toEqual([]);
  expect(calls.length).toBe(30);
  expect(await store.usage()).toEqual({ bytes: 3200, count: 32, from: 'scan', invalid: 0 });
});

test('a lease is handed back with what it was filled with when the store is closed', async () => {
  const { store, backend } = await leasing();
  await store.upload('third', content(100));

  await store.close();

  expect(await payloadOf(backend)).toMatchObject({ bytes: 300, count: 3, leases: [], reservations: [] });
  expect(await open({ backend, trackUsage: true }).store.usage()).toEqual({ bytes: 300, count: 3, from: 'ledger' });
});

test('the lease of a namespace is handed back when that is closed, or the whole store', async () => {
  for (const whole of [true, false]) {
    const { store, backend } = open({ trackUsage: true, ...patient });
    const inside = store.namespace('n');
    await inside.upload('a', 'x');
    await inside.upload('b', 'x');
    await (whole ? store : inside).close();
    expect(await open({ backend, trackUsage: true }).store.namespace('n').usage()).toMatchObject({
      count: 2,
      from: 'ledger',
    });
  }
});

test('a process that has been idle for a second hands its lease back', async () => {
  const waits: number[] = [];
  let elapse = (): void => undefined;
  const sleep = (ms: number): Promise<void> => {
    waits.push(ms);
    return new Promise((resolve) => {
      elapse = resolve;
    });
  };
  const { store, backend } = await leasing({ sleep });
  await store.upload('third', content(100));
  expect(waits).toEqual([1000]);

  elapse();
  await new Promise((resolve) => void setImmediate(resolve));
  expect(waits).toEqual([1000, 1000]);
  elapse();
  await expect.poll(() => payloadOf(backend)).toMatchObject({ bytes: 300, count: 3, leases: [] });
});

test('I-18 many writers with leases cost at most 1.1 requests for an upload, below 90 % full', async () => {
  const { backend, calls } = watched(memoryBackend());
  const [writers, each, size] = [8, 250, 100];
  const quota = { maxBytes: Math.ceil((writers * each * size) / 0.9) };
  const seed = Math.floor(Math.random() * 2 ** 31);
  const clocks = { now: Date.now, monotonic: () => performance.now() };
  const stores = Array.from({ length: writers }, () => open({ backend, quota, ...patient, ...clocks }).store);

  await Promise.all(
    stores.map(async (store, writer) => {
      for (let i = 0; i < each; i += 1) await store.upload(`${writer}/${i}`, content(size, seed));
      await store.close();
    }),
  );

  const average = calls.length / (writers * each);
  expect(average, `seed ${seed}`).toBeLessThanOrEqual(1.1);
  expect(await open({ backend, quota }).store.usage()).toEqual({
    bytes: writers * each * size,
    count: writers * each,
    from: 'ledger',
  });
});

test('I-18 what is used and leased is never more than the quota, however many lease', async () => {
  const { backend } = open();
  const stores = Array.from({ length: 4 }, () => open({ backend, quota: { maxBytes: 30_000 }, ...patient }).store);

  for (const [writer, store] of stores.entries())
    for (const name of ['one', 'two']) await store.upload(`${writer}/${name}`, content(100));

  const { bytes, leases } = await payloadOf(backend);
  expect(leases.length).toBe(4);
  expect(leases.reduce((sum, lease) => sum + lease.bytes, bytes)).toBeLessThanOrEqual(30_000);
  for (const store of stores) await store.close();
  expect(await payloadOf(backend)).toMatchObject({ bytes: 800, count: 8, leases: [] });
});

test('I-18 when little is left leases come back, writers reserve singly, and all is filled to the last artifact', async () => {
  const { backend } = open();
  const quota = { maxBytes: 30_050, maxCount: 1000 };
  const stores = Array.from({ length: 6 }, () => open({ backend, quota, ...breathing }).store);
  const outcomes = await Promise.all(
    stores.map(async (store, writer) => {
      for (let i = 0; ; i += 1) {
        try {
          await store.upload(`${writer}/${i}`, content(100));
        } catch (error) {
          return (error as ArtifactError).code;
        }
      }
    }),
  );

  expect(outcomes).toEqual(Array.from({ length: 6 }, () => 'QUOTA_EXCEEDED'));
  const [store] = stores;
  if (store === undefined) throw new Error('there is no store');
  expect(await there(store)).toEqual({ bytes: 30_000, count: 300 });
  await store.upload('last', content(50));
  expect((await refusal(store.upload('more', 'x'))).quota).toEqual({
    limit: 30_050,
    used: 30_050,
    reserved: 0,
    asked: 1,
  });
});

test('I-18 what a process held that crashed with a lease is counted and free again once the lease has ended', async () => {
  const { backend, store, clock } = await leasing();
  for (let i = 0; i < 10; i += 1) await store.upload(`a/${i}`, content(100));
  const { store: other } = open({ backend, clock, quota: { maxBytes: mebibyte }, ...breathing });
  const rest = mebibyte - 1200;
  const early = await refusal(other.upload('rest', new Uint8Array(rest)));
  expect(early).toMatchObject({ code: 'QUOTA_EXCEEDED', retryable: true, quota: { asked: rest, used: 100 } });
  clock.advance(111 * second);

  await other.upload('rest', new Uint8Array(rest));

  expect(await other.usage()).toEqual({ bytes: mebibyte, count: 13, from: 'ledger' });
  expect((await refusal(other.upload('more', 'x'))).code).toBe('QUOTA_EXCEEDED');
});

test('nothing is committed with a lease that has ended: the upload reserves for itself', async () => {
  const clock = new Clock();
  const { store, backend } = await leasing({ clock });
  const inner = watched(backend, (_, call, key) => {
    if (call === 'write' && key.startsWith('expiry/')) clock.advance(51 * second);
  });
  const { store: slow } = await leasing({ clock, backend: inner.backend }, 2);

  const error = await refusal(slow.upload('late', 'x', { ttlMs: 1000 * second }));

  expect(error.code).toBe('TIMEOUT');
  clock.advance(11 * second);
  await store.upload('third', content(100));
  await store.close();
  await slow.close();
  expect(await open({ backend, clock, trackUsage: true }).store.usage()).toMatchObject({ count: 3, from: 'ledger' });
});

test('an overwrite, a delete and large content reserve for themselves, beside a lease', async () => {
  const { store, backend } = await leasing();
  await store.upload('first', content(150));
  await store.delete('second');
  await store.upload('large', content(100_000));
  await store.upload('small', content(10));

  expect(await there(store)).toEqual({ bytes: 100_160, count: 3 });
  await store.close();
  expect(await payloadOf(backend)).toMatchObject({ bytes: 100_160, count: 3, leases: [], reservations: [] });
});

test('an upload whose answer is lost for good becomes a reservation, which a lease cannot be', async () => {
  const { backend, store, clock } = await leasing();
  await store.close();
  let dead = false;
  const dying = watched(backend, (_, call, key) => {
    if (dead && key === 'records/third' && call !== 'list') throw new ArtifactError('UNAVAILABLE', 'gone');
  });
  const { store: unlucky } = open({ backend: dying.backend, clock, quota: { maxBytes: mebibyte }, ...patient });
  await unlucky.upload('x', content(1));
  await unlucky.upload('y', content(1));
  dead = true;

  expect((await refusal(unlucky.upload('third', content(100)))).code).toBe('OUTCOME_UNKNOWN');

  expect((await payloadOf(backend)).reservations).toMatchObject([{ id: 'third', bytes: 100 }]);
  await unlucky.close();
  expect(await open({ backend, clock, trackUsage: true }).store.usage()).toEqual({
    bytes: 202,
    count: 4,
    from: 'ledger',
  });
});

for (const fault of faults) {
  test(`I-18 with a lease, too, usage is exact in the end whatever fails once: ${fault.name}`, async () => {
    for (let n = 1; ; n += 1) {
      const clock = new Clock();
      const inner = memoryBackend({ now: () => clock.wall });
      const quota = { maxBytes: 20_000 };
      const { backend, calls } = failing(inner, fault, n, false);
      const { store } = open({ backend, clock, quota, ...breathing });
      for (let i = 0; i < 6; i += 1) await store.upload(`a/${i}`, content(100)).catch(() => undefined);
      await store.close();
      const done = calls.length < n;
      clock.advance(3600 * second);

      const { store: other } = open({ backend: inner, clock, quota, ...breathing });
      const { bytes, count } = await there(other);
      await other.upload('rest', content(20_000 - bytes));
      expect({ n, ...(await other.usage()) }).toEqual({ n, bytes: 20_000, count: count + 1, from: 'ledger' });
      expect((await refusal(other.upload('more', 'x'))).code).toBe('QUOTA_EXCEEDED');
      if (done) return;
    }
  });
}
