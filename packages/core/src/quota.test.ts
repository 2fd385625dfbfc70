import { expect, test } from 'vitest';

import type { ArtifactBackend, BackendCapabilities } from './backend.ts';
import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import type { ArtifactStore } from './store.ts';
import {
  attempt,
  collect,
  content,
  hour,
  keysOf,
  mebibyte,
  open,
  refusal,
  refusalOf,
  startTime,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** Takes real time for its pauses, so that those who wait let others go on. */
const breathing = { sleep: () => new Promise<void>((resolve) => void setImmediate(resolve)) };

async function offered(uploads: readonly Promise<unknown>[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(uploads);
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? 'stored' : (outcome.reason as { readonly code: string }).code,
  );
}

async function stored(store: ArtifactStore): Promise<number> {
  const artifacts = await collect(store.list());
  return artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Content of unknown length in pieces of one MiB, each a turn of the event loop after the one before. */
async function* pieces(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1) {
    await breathing.sleep();
    yield new Uint8Array(mebibyte);
  }
}

test('I-18 an upload beyond the quota is refused with what is allowed, used and asked for, and changes nothing', async () => {
  const { store, backend } = open({ quota: { maxBytes: 100, maxCount: 2 } });
  await store.upload('a', content(70));
  const before = await keysOf(backend);

  const error = await refusal(store.upload('b', content(40)));

  expect(error.toJSON()).toMatchObject({
    code: 'QUOTA_EXCEEDED',
    retryable: false,
    artifactId: 'b',
    field: 'quota.maxBytes',
    expected: 100,
    found: 110,
    quota: { limit: 100, used: 70, reserved: 0, asked: 40 },
    message: 'artifact "b" exceeds the quota of 100 bytes: it asks for 40, 70 are used and 0 reserved',
  });
  expect(await keysOf(backend)).toEqual(before);
  expect(await store.usage()).toEqual({ bytes: 70, count: 1, from: 'ledger' });
});

test('I-18 the number of artifacts is a quota of its own', async () => {
  const { store } = open({ quota: { maxCount: 2 } });
  await store.upload('a', content(70));
  await store.upload('b', '');

  const error = await refusal(store.upload('c', ''));

  expect(error).toMatchObject({ field: 'quota.maxCount', quota: { limit: 2, used: 2, reserved: 0, asked: 1 } });
  await store.upload('a', content(900));
  await store.delete('b');
  await store.upload('c', '');
  expect(await store.usage()).toEqual({ bytes: 900, count: 2, from: 'ledger' });
});

test('a declared size that does not fit is refused before any content is sent', async () => {
  const inner = memoryBackend();
  const { backend, calls } = watched(inner);
  const { store } = open({ backend, quota: { maxBytes: mebibyte } });
  await store.upload('a', content(500_000));
  calls.length = 0;

  const error = await refusal(store.upload('b', () => pieces(1), { size: mebibyte }));

  expect(error.code).toBe('QUOTA_EXCEEDED');
  expect(calls.filter(({ call }) => call === 'write')).toEqual([]);
});

test('an overwrite counts for the difference only, also when it would not fit beside what it replaces', async () => {
  const { store } = open({ quota: { maxBytes: 100_000, maxCount: 1 } });
  await store.upload('a', content(90_000));

  expect((await store.upload('a', content(95_000))).generation).toBe(2);
  expect((await store.upload('a', [content(60_000), content(40_000)])).generation).toBe(3);
  expect((await store.upload('a', content(100_000), { ifGeneration: 3 })).generation).toBe(4);
  expect(await refusal(store.upload('a', content(100_001)))).toMatchObject({
    quota: { limit: 100_000, used: 100_000, reserved: 0, asked: 1 },
  });
  expect((await store.upload('a', 'small')).generation).toBe(5);
  expect(await store.usage()).toEqual({ bytes: 5, count: 1, from: 'ledger' });
});

for (const known of [true, false]) {
  const length = known ? 'known' : 'unknown';
  for (const order of [
    [70, 90, 20],
    [90, 70, 20],
    [20, 90, 70],
    [20, 70, 90],
  ]) {
    test(`I-18 of ${order.join(' + ')} MiB of ${length} length, offered at once to 100 MiB, all that fits is admitted`, async () => {
      const { store } = open({ ...breathing, quota: { maxBytes: 100 * mebibyte } });

      const outcomes = await offered(
        order.map((size) => store.upload(`of-${size}`, pieces(size), known ? { size: size * mebibyte } : {})),
      );

      expect(await stored(store)).toBe(90 * mebibyte);
      expect(outcomes.filter((outcome) => outcome !== 'stored' && outcome !== 'QUOTA_EXCEEDED')).toEqual([]);
      expect(await store.usage()).toMatchObject({ bytes: 90 * mebibyte, from: 'ledger' });
    });
  }
}

test('a stream of unknown length is refused while it is sent, not after', async () => {
  const { store, backend } = open({ quota: { maxBytes: 4 * mebibyte } });
  let sent = 0;
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      sent += 1;
      yield new Uint8Array(mebibyte);
    }
  };

  expect((await refusal(store.upload('a', endless()))).code).toBe('QUOTA_EXCEEDED');

  expect(sent).toBe(5);
  expect((await keysOf(backend)).filter((key) => !/^(store.json|ledger)/.test(key))).toEqual([]);
  expect(await store.usage()).toEqual({ bytes: 0, count: 0, from: 'ledger' });
});

test('I-7 what an upload that failed had reserved is free at once', async () => {
  const { store } = open({ quota: { maxBytes: 2 * mebibyte } });
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(2 * mebibyte);
    throw new Error('the source broke');
  };

  expect((await refusal(store.upload('a', failing()))).code).toBe('INVALID_ARGUMENT');
  expect((await refusal(store.upload('a', 'x', { ifGeneration: 7 }))).code).toBe('PRECONDITION_FAILED');

  await store.upload('b', new Uint8Array(2 * mebibyte));
  expect(await store.usage()).toEqual({ bytes: 2 * mebibyte, count: 1, from: 'ledger' });
});

test('expired artifacts count until they are gone, and copies as what they are', async () => {
  const { store, clock } = open({ quota: { maxBytes: 100 } });
  await store.upload('a', content(40), { ttlMs: hour });
  await store.copy('a', 'b');
  clock.advance(2 * hour);

  expect((await refusal(store.upload('c', content(30)))).code).toBe('QUOTA_EXCEEDED');
  await store.delete('b');
  await store.upload('a', content(10));
  expect(await store.usage()).toEqual({ bytes: 10, count: 1, from: 'ledger' });
});

test('a quota of nothing admits what is empty, and what a store held before stays and may shrink', async () => {
  const { store, backend, clock } = open();
  await store.upload('a', content(50));
  const { store: full } = open({ backend, clock, quota: { maxBytes: 0 } });

  await full.upload('b', '');
  await full.upload('c', '');
  await full.upload('a', content(40));
  await full.update('a', { metadata: { changed: true } });

  expect(await refusal(full.upload('a', content(41)))).toMatchObject({
    retryable: false,
    quota: { limit: 0, used: 40, reserved: 0, asked: 1 },
  });
  expect((await refusal(full.copy('a', 'd'))).code).toBe('QUOTA_EXCEEDED');
  await full.delete('a');
  expect(await full.usage()).toEqual({ bytes: 0, count: 2, from: 'ledger' });
});

test('a namespace has a quota of its own, the same for all handles on it, and counts for no other', async () => {
  const { store } = open({ quota: { maxBytes: 10 } });
  const quota = { maxBytes: 100 };
  await store.namespace('a', { quota }).upload('x', content(80));
  await store.namespace('b').upload('x', content(500));

  expect((await refusal(store.namespace('a', { quota }).upload('y', content(30)))).code).toBe('QUOTA_EXCEEDED');
  await store.upload('x', content(10));

  expect(await store.usage()).toEqual({ bytes: 10, count: 1, from: 'ledger' });
  expect(await store.namespace('a', { quota }).usage()).toEqual({ bytes: 80, count: 1, from: 'ledger' });
  expect(await store.namespace('b').usage()).toEqual({ bytes: 500, count: 1, from: 'scan', invalid: 0 });
});

test('trackUsage keeps count without a limit, also in namespaces that do not say otherwise', async () => {
  const { store } = open({ trackUsage: true });
  await store.upload('a', content(70));
  await store.namespace('n').upload('a', content(7));
  await store.namespace('m', { trackUsage: false }).upload('a', content(7));

  expect(await store.usage()).toEqual({ bytes: 70, count: 1, from: 'ledger' });
  expect((await store.namespace('n').usage()).from).toBe('ledger');
  expect((await store.namespace('m').usage()).from).toBe('scan');
});

test('without quota and trackUsage nothing is asked of the ledger, usage is a scan and recount a CONFIGURATION error', async () => {
  const { backend, calls } = watched(memoryBackend({ now: () => startTime }));
  const { store } = open({ backend });
  await store.upload('a', content(70));
  await store.upload('a', content(80));
  await store.delete('a');
  await store.ready();
  expect(calls.filter(({ key }) => key.startsWith('ledger'))).toEqual([]);
  await store.upload('b', 'x');

  expect(await store.usage()).toEqual({ bytes: 1, count: 1, from: 'scan', invalid: 0 });
  expect(await refusal(store.recount())).toMatchObject({ code: 'CONFIGURATION', field: 'trackUsage' });
});

function without(denied: Partial<BackendCapabilities>): ArtifactBackend {
  const inner = memoryBackend({ now: () => startTime });
  const capabilities = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true, ...denied };
  return wrapBackend(inner, { capabilities: async () => capabilities });
}

test('where nothing can be compared and swapped a quota is UNSUPPORTED, by ready and by the first write', async () => {
  for (const capability of ['compareAndSwap', 'createIfAbsent'] as const) {
    const backend = without({ [capability]: false });
    const { store } = open({ backend, quota: { maxBytes: 100 } });
    const message = `quota needs a backend with ${capability}, which "memory" does not have here: take another, or ask for mode "soft"`;
    const expected = { code: 'UNSUPPORTED', field: 'quota', expected: capability, message };

    expect(await refusal(store.ready())).toMatchObject(expected);
    expect(await refusal(store.upload('a', 'x'))).toMatchObject(expected);
    expect(await refusal(store.delete('a'))).toMatchObject(expected);
    expect(await keysOf(backend)).toEqual(['store.json']);
    const tracking = open({ backend, trackUsage: true }).store;
    await tracking.upload('a', 'x');
    expect(await tracking.usage()).toEqual({ bytes: 1, count: 1, from: 'scan', invalid: 0 });
    expect(await refusal(tracking.recount())).toMatchObject({ code: 'UNSUPPORTED', field: 'trackUsage' });
  }
});

test('a soft quota is checked there by what this process knows, and by a count that is made anew every minute', async () => {
  const backend = without({ compareAndSwap: false, createIfAbsent: false, conditionalDelete: false });
  const quota = { maxBytes: 100, mode: 'soft' } as const;
  const { store, clock } = open({ backend, quota });
  await store.ready();
  await store.upload('a', content(70));
  await store.upload('a', content(60));
  expect((await refusal(store.upload('b', content(50)))).code).toBe('QUOTA_EXCEEDED');
  await store.upload('b', content(40));
  await store.delete('b');
  await open({ backend, clock }).store.upload('by another', content(40));
  await store.upload('c', content(10));
  clock.advance(61_000);

  expect((await refusal(store.upload('d', content(1)))).code).toBe('QUOTA_EXCEEDED');
  expect(await store.usage()).toEqual({ bytes: 110, count: 3, from: 'scan', invalid: 0 });
  expect(await keysOf(backend, 'ledger')).toEqual([]);
});

test('a quota that makes no sense is a CONFIGURATION error with its field', () => {
  const { store } = open();
  for (const [quota, field] of [
    [{}, 'quota'],
    ['1 GB' as never, 'quota'],
    [{ maxBytes: -1 }, 'quota.maxBytes'],
    [{ maxCount: 1.5 }, 'quota.maxCount'],
    [{ maxBytes: 1, mode: 'hard' as never }, 'quota.mode'],
  ] as const) {
    expect(refusalOf(() => open({ quota }))).toMatchObject({ code: 'CONFIGURATION', field });
    expect(refusalOf(() => store.namespace('n', { quota }))).toMatchObject({ code: 'CONFIGURATION', field });
  }
  expect(refusalOf(() => open({ trackUsage: 1 as never }))).toMatchObject({ field: 'trackUsage' });
  expect(attempt(() => open({ quota: { maxBytes: 0 } }).store)).toMatchObject({});
});

test('I-18 any number of uploads of one process at once stop exactly at the quota, in few writes of the ledger', async () => {
  const { backend, calls } = watched(memoryBackend({ now: () => startTime }));
  const { store } = open({ backend, quota: { maxBytes: 640 } });
  await store.upload('first', content(10));
  calls.length = 0;

  const outcomes = await offered(Array.from({ length: 100 }, (_, i) => store.upload(`a/${i}`, content(10))));

  expect(outcomes.filter((outcome) => outcome === 'stored').length).toBe(63);
  expect(outcomes.filter((outcome) => outcome === 'QUOTA_EXCEEDED').length).toBe(37);
  expect(await store.usage()).toEqual({ bytes: 640, count: 64, from: 'ledger' });
  expect(calls.filter(({ call, key }) => call === 'write' && key.startsWith('ledger')).length).toBeLessThan(10);
});

test('to count does not keep a process from everything else, however fast the medium answers', async () => {
  let now = 0;
  const { store } = open({ monotonic: () => (now += 1) });
  for (let n = 0; n < 64; n += 1) await store.upload(`a/${n}`, 'x');
  let counted = false;
  const counting = store.usage().then(() => (counted = true));

  await new Promise((resolve) => setImmediate(resolve));

  expect(counted).toBe(false);
  await counting;
});
