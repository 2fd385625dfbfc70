import { expect, expectTypeOf, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import type { ArtifactStore } from './store.ts';
import type { SweepProgress, SweepReport } from './sweep-report.ts';
import { artifactKeys, Clock, collect, content, day, dump, hour, open, refusal, state } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** Some of everything that a sweep has to do, three days before it is due. */
async function fill(store: ArtifactStore): Promise<void> {
  for (const size of [10, 100_000]) {
    await store.upload(`live/${size}`, content(size));
    await store.upload(`expired/${size}`, content(size), { ttlMs: 2 * day });
    await store.upload(`expired/soon/${size}`, content(size), { ttlMs: hour });
    await store.upload(`replaced/${size}`, content(size));
    await store.upload(`replaced/${size}`, content(size + 1));
    await store.upload(`deleted/${size}`, content(size));
    await store.delete(`deleted/${size}`);
    await store.upload(`held/${size}`, content(size), { ttlMs: hour, hold: true });
  }
}

async function liveIn(store: ArtifactStore): Promise<string[]> {
  const found: string[] = [];
  for (const { id, sizeBytes } of await collect(store.list({ includeExpired: true }))) found.push(`${id} ${sizeBytes}`);
  return found;
}

const live = [
  'held/10 10',
  'held/100000 100000',
  'live/10 10',
  'live/100000 100000',
  'replaced/10 11',
  'replaced/100000 100001',
];

test('a sweep of the store sweeps its namespaces, and one of a namespace only that', async () => {
  const { store, backend, clock } = open();
  const names = ['a', 'a-x', 'a0', 'Ünï', 'b.c'];
  for (const of of [store, ...names.map((name) => store.namespace(name))]) {
    await of.upload('doc', content(100_000), { ttlMs: 2 * day });
    await of.upload('kept', content(100_000));
  }
  clock.advance(3 * day);

  const alone = await store.namespace('a').sweep();
  const rest = await store.sweep();

  expect(alone.removed).toEqual([{ what: 'artifact', why: 'expired', id: 'doc', namespace: 'a', bytes: 100_000 }]);
  expect(rest.removed.map(({ namespace = 'itself' }) => namespace).toSorted()).toEqual(
    ['itself', 'a-x', 'a0', 'Ünï', 'b.c'].toSorted(),
  );
  expect((await artifactKeys(backend)).filter((key) => /(?:pending|expiry)\//.test(key))).toEqual([]);
  for (const name of names) {
    expect((await (await store.namespace(name).download('kept')).bytes()).length).toBe(100_000);
    expect(await store.namespace(name).getMetadata('doc')).toBeUndefined();
  }
});

test.each([1, 3, 8])('with a limit a sweep goes on where it ended, %i at once', async (concurrency) => {
  const { store, clock } = open();
  for (const of of [store, store.namespace('n'), store.namespace('o')]) await fill(of);
  clock.advance(3 * day);
  const whole = await store.sweep({ dryRun: true, concurrency });

  const parts: SweepReport[] = [];
  for (let cursor: string | undefined; parts.length === 0 || cursor !== undefined;) {
    const part = await store.sweep({ limit: 4, cursor, concurrency });
    parts.push(part);
    cursor = part.cursor;
  }

  expect(parts.every(({ counts }) => counts.markers <= 4)).toBe(true);
  expect(parts.length).toBe(Math.ceil(whole.counts.markers / 4));
  expect(parts.flatMap(({ removed }) => removed)).toEqual(whole.removed);
  expect('cursor' in whole).toBe(false);
  expect((await store.sweep()).counts.markers).toBe(0);
  for (const of of [store, store.namespace('n'), store.namespace('o')]) expect(await liveIn(of)).toEqual(live);
});

test('without its cursor a sweep with a limit does not begin with what had to stay, again and again', async () => {
  const { store, backend, clock } = open();
  for (const id of ['a', 'b', 'c']) {
    await store.upload(id, content(100_000));
    await store.delete(id);
    clock.advance(1);
  }
  for (const id of ['a', 'b']) await backend.write(`records/${id}`, content(300));
  clock.advance(day);

  const { counts, removed, kept } = await store.sweep({ limit: 1 });

  expect(counts).toMatchObject({ kept: 2, markers: 1 });
  expect(removed).toMatchObject([{ id: 'c' }]);
  expect(kept.map(({ id = '' }) => id).toSorted()).toEqual(['a', 'b']);
});

test('a dry run changes nothing, and tells what a sweep then does', async () => {
  const { store, backend, clock } = open();
  await fill(store);
  clock.advance(3 * day);
  const before = await state(backend);

  const told = await store.sweep({ dryRun: true });
  const unchanged = await state(backend);
  const done = await store.sweep();

  expect(unchanged).toEqual(before);
  expect(told).toEqual({ ...done, dryRun: true });
  const empty = memoryBackend();
  await open({ backend: empty }).store.sweep({ dryRun: true });
  expect(await dump(empty)).toEqual(new Map());
});

test('I-8 I-22 two sweeps at once come to the same as one', async () => {
  const { store, backend, clock } = open();
  await fill(store);
  clock.advance(3 * day);

  const reports = await Promise.all([store.sweep(), open({ backend, clock }).store.sweep({ concurrency: 1 })]);

  expect(reports.flatMap(({ kept }) => kept).every(({ why }) => why === 'retained')).toBe(true);
  expect(await liveIn(store)).toEqual(live);
  clock.advance(day + hour);
  await store.sweep();
  await expectNoGarbage(store, backend);
});

/** After a sweep there are records, their contents, and one expiry marker for each that expires and is held. */
async function expectNoGarbage(store: ArtifactStore, backend: ArtifactBackend): Promise<void> {
  const kinds = (await artifactKeys(backend)).map((key) => key.split('/')[0]);
  expect(kinds.filter((kind) => kind === 'content').length).toBe(3);
  expect(kinds.filter((kind) => kind === 'records').length).toBe(6);
  expect(kinds.filter((kind) => kind === 'expiry').length).toBe(2);
  expect(kinds.length).toBe(11);
  expect(await liveIn(store)).toEqual(live);
  for (const { id } of await collect(store.list())) await (await store.download(id)).bytes();
}

test('I-8 I-22 a sweep that is killed at any of its calls loses nothing, and the next one ends what it began', async () => {
  const start = open();
  await fill(start.store);
  const objects = await dump(start.backend);
  start.clock.advance(3 * day);
  const unhurt = watched(await copyOf(objects, start.clock));
  await open({ backend: unhurt.backend, clock: start.clock }).store.sweep({ concurrency: 1 });

  for (const applied of [false, true]) {
    for (let from = 1; from <= unhurt.calls.length; from += 1) {
      const clock = new Clock();
      clock.advance(3 * day);
      const inner = await copyOf(objects, clock);
      const die = (n: number): void => {
        if (n >= from) throw new Error('killed');
      };
      const { backend } = applied ? watched(inner, undefined, die) : watched(inner, die);
      await open({ backend, clock })
        .store.sweep({ concurrency: 1 })
        .catch(() => undefined);

      const { store } = open({ backend: inner, clock });
      expect(await liveIn(store)).toEqual(expect.arrayContaining(live));
      await store.sweep();
      clock.advance(day + hour);
      await store.sweep();
      await expectNoGarbage(store, inner);
    }
  }
}, 60_000);

async function copyOf(objects: ReadonlyMap<string, Uint8Array>, clock: Clock): Promise<ArtifactBackend> {
  const backend = memoryBackend({ now: () => clock.wall });
  for (const [key, bytes] of objects) await backend.write(key, bytes);
  return backend;
}

test('what the storage refuses for one marker stops no other, and is reported', async () => {
  const { store, backend: inner, clock } = open();
  for (const id of ['a', 'b', 'c']) {
    await store.upload(id, content(100_000), { ttlMs: 2 * day });
  }
  clock.advance(3 * day);
  const { backend } = watched(inner, (_, call, key) => {
    if (call === 'delete' && key === 'records/b') throw new ArtifactError('ACCESS_DENIED', 'not this one');
  });

  const { removed, kept } = await open({ backend, clock }).store.sweep();

  expect(removed.map(({ id = '' }) => id).toSorted()).toEqual(['a', 'c']);
  expect(kept).toMatchObject([{ id: 'b', why: 'failed', error: { code: 'ACCESS_DENIED' } }]);
  expect((await store.sweep()).removed.map(({ id }) => id)).toEqual(['b']);
});

test('a storage that is away ends the sweep with its error', async () => {
  const inner = memoryBackend();
  const { store, clock } = open({ backend: inner });
  await fill(store);
  clock.advance(3 * day);
  const { backend } = watched(inner, (_, call, key) => {
    if (call === 'read' && key.startsWith('records/')) throw new ArtifactError('UNAVAILABLE', 'away');
  });

  expect(await refusal(open({ backend, clock }).store.sweep())).toMatchObject({ code: 'UNAVAILABLE' });
});

test("I-22 a clock that is more than five minutes off the storage's sweeps nothing", async () => {
  for (const skew of [-301_000, 301_000]) {
    const backend = memoryBackend({ now: () => Date.now() + skew });
    const { store } = open({ backend, now: undefined });
    const error = await refusal(store.sweep());

    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'now', expected: 300_000 });
    expect(await artifactKeys(backend)).toEqual([]);
    const near = memoryBackend({ now: () => Date.now() + skew * 0.9 });
    expect((await open({ backend: near, now: undefined }).store.sweep()).counts.markers).toBe(0);
  }
});

test('what interrupted writes left is discarded when it is a grace old by either clock, and never by a namespace', async () => {
  const asked: number[] = [];
  const inner = memoryBackend({ now: () => 1_700_000_000_000 });
  const backend = wrapBackend(inner, {
    discardUnfinished: async (before) => void asked.push(before.getTime()),
  });
  const late = open({ backend, now: () => 1_900_000_000_000 }).store;
  const early = open({ backend, now: () => 1_600_000_000_000 }).store;

  for (const store of [late, early]) {
    await store.sweep();
    await store.namespace('n').sweep();
    await store.sweep({ dryRun: true });
  }

  expect(asked).toEqual([1_700_000_000_000 - day, 1_600_000_000_000 - day]);
});

test('progress tells everything, however much there is, and cannot break a sweep', async () => {
  const { store, clock } = open();
  await fill(store);
  clock.advance(3 * day);
  const heard: SweepProgress[] = [];

  const report = await store.sweep({
    concurrency: 2,
    onProgress: (progress) => {
      heard.push(progress);
      throw new Error('an observer failed');
    },
  });

  expect(heard.flatMap(({ removed }) => removed)).toEqual(report.removed);
  expect(heard.at(-1)?.counts).toEqual(report.counts);
  expect(heard.every(({ removed }) => removed.length <= 2)).toBe(true);
});

test('I-25 an abort ends a sweep with its reason', async () => {
  const inner = memoryBackend();
  const { store, clock } = open({ backend: inner });
  await fill(store);
  clock.advance(3 * day);
  const controller = new AbortController();
  const { backend } = watched(inner, (_, call, key) => {
    if (call === 'delete' && key.startsWith('content/')) controller.abort(new Error('enough'));
  });

  const sweeping = open({ backend, clock }).store.sweep({ signal: controller.signal });

  await expect(sweeping).rejects.toThrow('enough');
  await store.sweep();
  expect(await liveIn(store)).toEqual(live);
});

test.each<[string, unknown]>([
  ['limit', 0],
  ['limit', 1.5],
  ['concurrency', 65],
  ['dryRun', 'yes'],
  ['full', 1],
  ['exclusive', null],
  ['onProgress', 'log'],
  ['cursor', 'made up'],
  ['cursor', Buffer.from('records/a').toString('base64url')],
  ['timeoutMs', 0],
])('a sweep with the wrong %s is refused before any I/O: %s', async (field, value) => {
  const { backend, calls } = watched(memoryBackend());

  const error = await refusal(open({ backend }).store.sweep({ [field]: value }));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  expect(calls).toEqual([]);
});

test('the safe store gives the report', async () => {
  const result = await open().store.safe.sweep();

  expect(result).toMatchObject({ success: true, report: { dryRun: false, removed: [] } });
  expectTypeOf(result).toExtend<{ success: true; report: SweepReport } | { success: false }>();
});

test('the cost follows what is due, not what is stored', async () => {
  const counted: number[] = [];
  for (const stored of [20, 400]) {
    const inner = memoryBackend();
    const { store, clock } = open({ backend: inner });
    for (let n = 0; n < stored; n += 1) {
      // Markers of what is not due yet, too.
      await store.upload(`kept/${n}`, 'x', { ttlMs: 90 * day });
      if (n % (stored / 10) === 0) await store.upload(`due/${n}`, content(70_000), { ttlMs: 2 * day });
    }
    clock.advance(3 * day);
    const { backend, calls } = watched(inner);
    const { counts } = await open({ backend, clock }).store.sweep();
    expect(counts.artifacts).toBe(10);
    counted.push(calls.length);
  }

  expect(counted[1]).toBe(counted[0]);
});
