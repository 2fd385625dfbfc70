import { expect, test, vi } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { failing, faults, watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import type { ArtifactStore } from './store.ts';
import { Clock, collect, content, mebibyte, objectAt, open, refusal, second } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

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

test('a lease is handed back by who is idle also where no operation may take as long as that', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let elapse = (): void => undefined;
    const sleep = (_ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        elapse = resolve;
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    const { store, backend } = await leasing({ sleep, timeoutMs: 500 });
    await store.upload('third', content(100));
    for (let seconds = 0; seconds < 2; seconds += 1) {
      vi.advanceTimersByTime(1000);
      elapse();
      await breathing.sleep();
    }
    await breathing.sleep();

    expect(await payloadOf(backend)).toMatchObject({ bytes: 300, count: 3, leases: [] });
  } finally {
    vi.useRealTimers();
  }
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
  clock.advance(141 * second);

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

test('I-18 what is sent from a lease at its last moment, and takes a minute, has its room also by a clock half a minute ahead', async () => {
  const quota = { maxBytes: 10_000 };
  const inner = memoryBackend();
  const { store: first, clock } = await leasing({ backend: inner, quota });
  await first.close();
  const { store: ahead } = open({ backend: inner, quota, ...breathing, now: () => clock.wall + 30 * second });
  let refused: Promise<ArtifactError> | undefined;
  const { backend } = watched(inner, async (_, call, key) => {
    if (call !== 'write' || !key.endsWith('/late')) return;
    if (key.startsWith('expiry/')) clock.advance(20 * second);
    if (key !== 'records/late') return;
    clock.advance(59 * second);
    refused = refusal(ahead.upload('rest', content(10_000 - 400)));
    await refused.catch(() => undefined);
  });
  const { store } = await leasing({ backend, clock, quota });
  clock.advance(29 * second);

  await store.upload('late', content(100), { ttlMs: 1000 * second });

  expect(await refused).toMatchObject({ code: 'QUOTA_EXCEEDED', retryable: true });
  expect((await there(store)).bytes).toBeLessThanOrEqual(10_000);
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

test('an overwrite is not in its own way where a lease holds the last of the room', async () => {
  const quota = { maxBytes: 10_000 };
  const { store, backend, clock } = await leasing({ quota });
  const [lease] = (await payloadOf(backend)).leases;
  const held = lease?.bytes ?? 0;
  const { store: other } = open({ backend, clock, quota, ...breathing });
  await other.upload('rest', content(quota.maxBytes - 100 - held));
  let left = held - 100;
  for (; left >= 250; left -= 100) await store.upload(`a/${left}`, content(100));

  await store.upload('first', content(left));

  await store.close();
  expect(await other.usage()).toMatchObject({ bytes: quota.maxBytes - 100, from: 'ledger' });
});

test('I-18 a lease is not filled by a handle with another quota', async () => {
  const { store } = open({ trackUsage: true, ...patient });
  const free = store.namespace('n');
  for (const id of ['first', 'second']) await free.upload(id, 'x');
  const limited = store.namespace('n', { quota: { maxCount: 3 } });

  await limited.upload('third', 'x');

  expect((await refusal(limited.upload('fourth', 'x'))).code).toBe('QUOTA_EXCEEDED');
});

test('a process that only tracks usage leases no more than it may need, and leaves the rest to those with a quota', async () => {
  const { backend, clock } = await leasing({ quota: undefined, trackUsage: true });

  const { store } = open({ backend, clock, quota: { maxBytes: mebibyte }, ...breathing });
  await store.upload('large', content(500_000));

  expect(await there(store)).toEqual({ bytes: 500_200, count: 3 });
});

test('I-18 nothing more is filled into a lease whose return was not answered', async () => {
  const quota = { maxBytes: 1_000_000 };
  const controller = new AbortController();
  let writes = -Infinity;
  const inner = memoryBackend();
  const { backend } = watched(inner, undefined, (_, call, key) => {
    if (call !== 'write' || key !== ledgerKey) return;
    writes += 1;
    if (writes === 2) controller.abort(new Error('enough'));
  });
  const { store, clock } = await leasing({ backend, quota });
  writes = 0;
  await expect(store.upload('large', content(999_800), { signal: controller.signal })).rejects.toThrow('enough');
  expect((await payloadOf(inner)).leases).toEqual([]);
  const { store: other } = open({ backend: inner, clock, quota, ...breathing });
  await other.upload('large', content(999_800));

  expect((await refusal(store.upload('small', 'x'))).code).toBe('QUOTA_EXCEEDED');
});

test('a store that is closed while it hands a lease back has handed it back', async () => {
  const inner = memoryBackend();
  let closing: Promise<void> | undefined;
  let idle = false;
  const { backend } = watched(inner, (_, call, key) => {
    if (!idle || call !== 'write' || key !== ledgerKey) return;
    idle = false;
    closing = store.close();
  });
  let elapse = (): void => undefined;
  const sleep = () => new Promise<void>((resolve) => void (elapse = resolve));
  const { store } = await leasing({ backend, sleep });
  await store.upload('third', content(100));
  elapse();
  await breathing.sleep();
  idle = true;

  elapse();
  await expect.poll(() => closing !== undefined).toBe(true);
  await closing;

  expect(await payloadOf(inner)).toMatchObject({ bytes: 300, count: 3, leases: [] });
});

test('the ledger does not grow with the number of processes that crashed', async () => {
  const { backend, clock } = open();
  for (let i = 0; i < 20; i += 1) {
    const { store } = open({ backend, clock, trackUsage: true, ...patient });
    for (const id of ['first', 'second']) await store.upload(`${i}/${id}`, 'x');
    clock.advance(141 * second);
  }

  const { leases } = await payloadOf(backend);

  expect(leases.length).toBe(2);
  expect(leases.reduce((total, { count }) => total + count, 0)).toBe(20 * 512);
});

/** An upload from a lease that nobody waits for any more when others have written over it, as often as there are sizes. */
async function replacedUnheard(sizes: readonly number[]) {
  const quota = { maxBytes: mebibyte };
  const inner = memoryBackend();
  const clock = new Clock();
  const another = () => open({ backend: inner, clock, quota, ...breathing }).store;
  const controller = new AbortController();
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (key !== 'records/third') return written;
      for (const size of sizes) await another().upload('third', content(size));
      controller.abort(new Error('enough'));
      throw new ArtifactError('UNAVAILABLE', 'gone');
    },
  });
  const { store } = await leasing({ backend, clock, quota });
  const upload = store.upload('third', content(100), { signal: controller.signal });
  await expect(upload).rejects.toThrow('enough');
  await store.close();
  clock.advance(601 * second);
  return { inner, other: another() };
}

test('I-18 an upload without an answer whose artifact is there, or was replaced, counts', async () => {
  for (const [sizes, bytes] of [
    [[], 301],
    [[50], 251],
  ] as const) {
    const { inner, other } = await replacedUnheard(sizes);

    await other.upload('fourth', content(1));

    expect(await payloadOf(inner)).toMatchObject({ bytes, count: 4, leases: [], reservations: [] });
  }
});

test('I-18 an upload without an answer of which no record tells any more is left to a count', async () => {
  const { other } = await replacedUnheard([50, 60]);

  await other.upload('rest', content(mebibyte - 260));

  expect(await other.usage()).toEqual({ bytes: mebibyte, count: 4, from: 'ledger' });
  expect((await refusal(other.upload('more', 'x'))).code).toBe('QUOTA_EXCEEDED');
});

test('I-18 room of an upload that nobody could be told of is free in the end, and a count gets its turn, however busy its process is', async () => {
  const quota = { maxBytes: mebibyte };
  const inner = memoryBackend();
  let dead = false;
  const dying = watched(inner, (_, call, key) => {
    if (dead && (key === 'records/third' || (call === 'write' && key === ledgerKey)))
      throw new ArtifactError('UNAVAILABLE', 'gone');
  });
  const { store, clock } = await leasing({ backend: dying.backend, quota });
  dead = true;
  expect((await refusal(store.upload('third', content(100)))).code).toBe('OUTCOME_UNKNOWN');
  dead = false;

  for (let i = 0; i < 10; i += 1) {
    clock.advance(31 * second);
    for (const name of ['one', 'two']) await store.upload(`${i}/${name}`, content(100));
  }
  const leases = (await payloadOf(inner)).leases.filter(({ deadline }) => deadline >= clock.wall);
  expect(leases.map(({ count }) => count)).toEqual([512]);
  const sleep = async () => {
    clock.advance(second);
    await breathing.sleep();
  };
  const { store: other } = open({ backend: inner, clock, quota, sleep });
  let counting = true;
  const uploading = async () => {
    for (let i = 0; counting; i += 1) await store.upload(`busy/${i}`, content(100)).catch(() => undefined);
  };
  await Promise.all([other.recount().finally(() => void (counting = false)), uploading()]);
  await store.close();
  expect(await other.usage()).toEqual({ ...(await there(other)), from: 'ledger' });
});

test('I-18 a lease that is given up while it is renewed is not taken up again', async () => {
  const quota = { maxBytes: 20_000 };
  const inner = memoryBackend();
  let dead = false;
  let larger: Promise<unknown> | undefined;
  const { backend } = watched(inner, async (_, call, key) => {
    if (!dead || call !== 'write' || (key !== 'records/third' && key !== ledgerKey)) return;
    // What became of the third is about to be written down. More than is left of the lease has it renewed, which comes after that.
    if (key === ledgerKey) larger ??= store.upload('larger', content(7000));
    await breathing.sleep();
    throw new ArtifactError('UNAVAILABLE', 'gone');
  });
  const { store, clock } = await leasing({ backend, quota });
  dead = true;
  const third = refusal(store.upload('third', content(100))).finally(() => void (dead = false));
  expect((await third).code).toBe('OUTCOME_UNKNOWN');
  await larger;

  for (let i = 0; i < 5; i += 1) {
    clock.advance(31 * second);
    for (const name of ['one', 'two']) await store.upload(`${i}/${name}`, content(100));
  }
  await store.close();

  const { leases } = await payloadOf(inner);
  expect(leases.filter(({ deadline }) => deadline >= clock.wall)).toEqual([]);
  expect(leases.map(({ count }) => count)).toEqual([1]);
});

test('what was filled into a lease and deleted again is not told as less than nothing', async () => {
  const { store, backend, clock } = await leasing({ quota: { maxBytes: 3000 } });
  for (const id of ['first', 'second']) await store.delete(id);

  const { store: other } = open({ backend, clock, quota: { maxBytes: 3000 }, ...breathing });
  const { quota } = await refusal(other.upload('large', content(3001)));

  expect(quota).toMatchObject({ limit: 3000, used: 0, asked: 3001 });
});

test('an upload whose answer is lost for good becomes a reservation, which a lease cannot be', async () => {
  const { backend, store, clock } = await leasing();
  await store.close();
  let dead = false;
  const dying = watched(backend, (_, call, key) => {
    if (dead && key === 'records/third' && call === 'write') throw new ArtifactError('UNAVAILABLE', 'gone');
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

/** `inner` whose ledger write number `n` is not answered, and is applied just before the next one. `meanwhile` happens before its failure. */
function late(inner: ArtifactBackend, n: number, meanwhile: () => Promise<unknown>): ArtifactBackend {
  let writes = 0;
  let held: (() => Promise<unknown>) | undefined;
  return wrapBackend(inner, {
    async write(key, body, options) {
      if (key !== ledgerKey) return inner.write(key, body, options);
      writes += 1;
      if (writes === n) {
        held = () => inner.write(key, body, options);
        await meanwhile();
        throw new ArtifactError('UNAVAILABLE', 'gone');
      }
      if (held !== undefined) {
        const apply = held;
        held = undefined;
        await apply();
      }
      return inner.write(key, body, options);
    },
  });
}

test('I-18 an upload that ends while the return of a lease is applied late counts', async () => {
  let [end, begun] = [(): void => undefined, (): void => undefined];
  const ended = new Promise<void>((resolve) => void (end = resolve));
  const started = new Promise<void>((resolve) => void (begun = resolve));
  const uploads: Promise<unknown>[] = [];
  const inner = memoryBackend();
  const { backend } = watched(
    late(inner, 4, async () => {
      end();
      await Promise.all(uploads);
    }),
    async (_, call, key) => {
      if (call !== 'write' || key !== 'records/third') return;
      begun();
      await ended;
    },
  );
  const { store, clock } = await leasing({ backend });
  uploads.push(store.upload('third', content(100)));
  await started;

  await store.close();
  await store.close();

  expect(await open({ backend: inner, clock, trackUsage: true }).store.usage()).toMatchObject({ bytes: 300, count: 3 });
  const { bytes, count, leases } = await payloadOf(inner);
  expect({ bytes, count, leases }).toEqual({ bytes: 300, count: 3, leases: [] });
});
