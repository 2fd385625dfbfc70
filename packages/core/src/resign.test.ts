import { expect, test } from 'vitest';

import type { OperationEnd } from './events.ts';
import { faults, failing, isRecordKey, watched } from './faults.test-helper.ts';
import { rekeyed, signingWith } from './keys-in-use.test-helper.ts';
import type { ResignProgress } from './resign.ts';
import {
  Clock,
  content,
  flip,
  hour,
  keysOf,
  objectAt,
  open,
  refusal,
  sha256,
  startTime,
  state,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** Artifacts of every kind, signed by k1: small and large, in a namespace, expiring, held, retained, deleted. */
async function filled() {
  const opened = open({ signing: signingWith('k1') });
  const { store } = opened;
  await store.upload('deleted', content(100_000));
  await store.delete('deleted');
  await store.upload('expiring', 'x', { expiresAt: startTime + hour });
  await store.upload('held', content(100_000, 2), { hold: true, retainUntil: startTime + hour });
  await store.upload('small', 'older');
  await store.upload('small', 'x', { metadata: { n: 1 }, name: 'named' });
  await store.namespace('tenant').upload('small', content(100_000, 3));
  return opened;
}

const untouched = { revision: undefined, signature: undefined, keyId: undefined };

test('every record is signed anew, and says what it said before', async () => {
  const opened = await filled();
  const { store, clock } = rekeyed(opened, 'k2');
  const before = [await store.getMetadata('held'), await store.getMetadata('small')];
  const contents = await keysOf(opened.backend, 'content/');
  clock.advance(1000);

  const report = await store.resign({ to: 'k2' });

  expect(report).toEqual({ resigned: 5, unchanged: 0, remaining: { k1: 0 }, failed: 0, failures: [] });
  const after = [await store.getMetadata('held'), await store.getMetadata('small')];
  expect(after.map((metadata) => ({ ...metadata, ...untouched }))).toEqual(
    before.map((metadata) => ({ ...metadata, ...untouched })),
  );
  expect(after.map((metadata) => metadata?.keyId)).toEqual(['k2', 'k2']);
  expect(await keysOf(opened.backend, 'content/')).toEqual(contents);
  expect(await keysOf(opened.backend, 'expiry/')).toEqual([
    `expiry/${startTime + hour}-${(await store.getMetadata('expiring'))?.revision}/expiring`,
  ]);
});

test('once all is signed anew the old key may be revoked: nothing needs it, no deleted id and no namespace', async () => {
  const opened = await filled();
  await rekeyed(opened, 'k2').store.resign();

  const { store } = rekeyed(opened, 'k2', ['k1']);

  expect(sha256(await (await store.download('held')).bytes())).toBe(sha256(content(100_000, 2)));
  expect(await (await store.download('small')).text()).toBe('x');
  expect(sha256(await (await store.namespace('tenant').download('small')).bytes())).toBe(sha256(content(100_000, 3)));
  expect(await store.getMetadata('deleted')).toBeUndefined();
  expect((await store.upload('deleted', 'again')).generation).toBe(1);
  expect(await refusal(store.delete('held'))).toMatchObject({ code: 'RETAINED' });
});

test('signing anew costs one read and one conditional write of each record, and touches no content', async () => {
  const { backend, clock } = await filled();
  const { backend: counted, calls } = watched(backend);
  const records = (await keysOf(backend)).filter((key) => key.includes('records/'));

  await open({ backend: counted, clock, signing: signingWith('k2') }).store.resign();

  const keysOfCalls = (call: string): string[] =>
    calls.filter((made) => made.call === call && made.key.includes('records/')).map(({ key }) => key);
  expect(keysOfCalls('read').toSorted()).toEqual(records);
  expect(keysOfCalls('write').toSorted()).toEqual(records);
  expect(calls.filter(({ key }) => key.includes('content/'))).toEqual([]);
});

test('run again it only looks, and leaves what another run has done', async () => {
  const opened = await filled();
  await rekeyed(opened, 'k2').store.resign();
  const before = await state(opened.backend);

  expect(await rekeyed(opened, 'k2').store.resign()).toMatchObject({ resigned: 0, unchanged: 5, remaining: {} });

  expect(await state(opened.backend)).toEqual(before);
});

test('a record is signed by all active keys and by no other', async () => {
  const { store, backend, clock } = open({ signing: signingWith(['k1', 'k2']) });
  await store.upload('a', 'x');
  const opened = { store, backend, clock };

  expect(await rekeyed(opened, ['k2', 'k1']).store.resign()).toMatchObject({ unchanged: 1 });
  expect(await rekeyed(opened, ['k2']).store.resign()).toMatchObject({ resigned: 1, remaining: { k1: 0 } });
  expect(await rekeyed(opened, ['k2', 'k3']).store.resign()).toMatchObject({ resigned: 1, remaining: {} });
});

test('it goes on behind the cursor of its progress, in the order of keys', async () => {
  const opened = await filled();
  const told: ResignProgress[] = [];
  const { store } = rekeyed(opened, 'k2');
  const enough = new Error('enough');
  const controller = new AbortController();
  const onProgress = (progress: ResignProgress): void => {
    told.push(progress);
    if (told.length === 3) controller.abort(enough);
  };

  await expect(store.resign({ concurrency: 1, onProgress, signal: controller.signal })).rejects.toBe(enough);
  expect(told.map(({ resigned }) => resigned)).toEqual([1, 2, 3]);
  const { backend, calls } = watched(opened.backend);
  const rest = await open({ backend, clock: opened.clock, signing: signingWith('k2') }).store.resign({
    after: told[2]?.cursor,
  });

  expect(rest.resigned + rest.unchanged).toBe(2);
  const read = calls.filter(({ call, key }) => call === 'read' && key.includes('records/')).map(({ key }) => key);
  expect(read).toEqual(['records/held', 'records/small']);
});

test('a namespace signs its own records anew and no others', async () => {
  const opened = await filled();

  const report = await rekeyed(opened, 'k2').store.namespace('tenant').resign();

  expect(report).toMatchObject({ resigned: 1, remaining: { k1: 0 } });
  expect((await opened.store.getMetadata('small'))?.keyId).toBe('k1');
});

test('an expired record is signed anew, and its marker stands where no sweep drops it before its time', async () => {
  const opened = open({ signing: signingWith('k1') });
  const { store, backend, clock } = opened;
  await store.upload('a', 'x', { expiresAt: startTime + hour });
  clock.advance(72 * hour);

  expect(await rekeyed(opened, 'k2').store.resign()).toMatchObject({ resigned: 1 });

  const revision = (await rekeyed(opened, 'k2').store.getMetadata('a'))?.revision;
  expect(await keysOf(backend, 'expiry/')).toEqual([`expiry/${startTime + 72 * hour}-${revision}/a`]);
});

test('I-2 what does not verify is told, left as it is, and hides nothing', async () => {
  const opened = await filled();
  const { backend } = opened;
  await flip(backend, 'records/small', 400);
  await flip(backend, 'ns/tenant/records/small', 400);
  await backend.write('records/=zz', Buffer.from('nobody'));
  await backend.write('ns/=zz/records/a', Buffer.from('nobody'));
  await backend.write('ns/stray', Buffer.from('nobody'));
  const forged = [await keysOf(backend, 'ns/'), (await state(backend)).get('records/small')];

  const { failures, ...report } = await rekeyed(opened, 'k2').store.resign();

  expect(report).toEqual({ resigned: 3, unchanged: 0, remaining: { k1: 0 }, failed: 3 });
  expect(failures.map(({ namespace, id }) => [namespace, id])).toEqual([
    ['tenant', 'small'],
    [undefined, '=zz'],
    [undefined, 'small'],
  ]);
  expect([await keysOf(backend, 'ns/'), (await state(backend)).get('records/small')]).toEqual(forged);
});

test('I-1 content within a record that is not what was signed is not signed for anew', async () => {
  const opened = open({ signing: signingWith('k1') });
  const { store, backend } = opened;
  await store.upload('a', 'content');
  const { length } = await objectAt(backend, 'records/a');
  await flip(backend, 'records/a', 8 * length - 1);

  const report = await rekeyed(opened, 'k2').store.resign();

  expect(report).toMatchObject({ resigned: 0, remaining: { k1: 1 }, failed: 1, failures: [{ id: 'a' }] });
  expect(report.failures[0]?.error).toMatchObject({ code: 'INTEGRITY', artifactId: 'a' });
});

test('a record that is written, deleted or updated meanwhile is signed as it is then', async () => {
  const opened = await filled();
  const writer = opened.store;
  const changes = new Map<string, () => Promise<unknown>>([
    ['records/small', () => writer.upload('small', 'newer')],
    ['records/held', () => writer.update('held', { metadata: { n: 2 } })],
    ['records/expiring', () => writer.delete('expiring')],
    ['ns/tenant/records/small', () => rekeyed(opened, 'k2').store.namespace('tenant').upload('small', 'by another')],
  ]);
  const backend = wrapBackend(opened.backend, {
    async write(key, body, options) {
      const change = changes.get(key);
      changes.delete(key);
      await change?.();
      return opened.backend.write(key, body, options);
    },
  });

  const { store } = open({ backend, clock: opened.clock, signing: signingWith('k2') });

  expect(await store.resign()).toMatchObject({ resigned: 4, unchanged: 1, failed: 0, remaining: { k1: 0 } });
  expect(await (await store.download('small')).text()).toBe('newer');
  expect(await store.getMetadata('held')).toMatchObject({ metadata: { n: 2 }, hold: true, keyId: 'k2' });
  expect(await store.getMetadata('expiring')).toBeUndefined();
  expect(await (await store.namespace('tenant').download('small')).text()).toBe('by another');
});

test('without compare-and-swap it is refused, and nothing is written', async () => {
  const opened = await filled();
  const backend = wrapBackend(opened.backend, {
    capabilities: async () => ({ createIfAbsent: true, compareAndSwap: false, conditionalDelete: false }),
  });
  const before = await state(backend);

  const error = await refusal(open({ backend, signing: signingWith('k2') }).store.resign());

  expect(error).toMatchObject({ code: 'UNSUPPORTED', field: 'resign', expected: 'compareAndSwap' });
  expect(await state(backend)).toEqual(before);
});

const wrong: readonly (readonly [options: object, field: string])[] = [
  [{ to: '' }, 'to'],
  [{ to: 7 }, 'to'],
  [{ to: 'k1' }, 'to'],
  [{ to: ['k2', 'k3'] }, 'to'],
  [{ concurrency: 0 }, 'concurrency'],
  [{ concurrency: 257 }, 'concurrency'],
  [{ timeoutMs: 0 }, 'timeoutMs'],
  [{ after: 'made up' }, 'after'],
  [{ after: 7 }, 'after'],
  [{ onProgress: true }, 'onProgress'],
];

test.each(wrong)('I-26 %j is refused before any I/O, naming the field', async (options, field) => {
  const { backend, calls } = watched((await filled()).backend);

  const error = await refusal(open({ backend, signing: signingWith('k2') }).store.resign(options));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  expect(calls).toEqual([]);
});

test('every record that is signed anew is an operation of its own, with the context of the whole', async () => {
  const opened = await filled();
  const ends: OperationEnd[] = [];
  const { store } = open({
    backend: opened.backend,
    clock: opened.clock,
    signing: signingWith('k2'),
    observers: [{ end: (event) => void ends.push(event) }],
  });

  await store.resign({ concurrency: 1, context: 'rotation' });

  expect(
    ends.map(({ operation, namespace, id, outcome, keyId }) => [operation, namespace, id, outcome, keyId]),
  ).toEqual([
    ['resign', 'tenant', 'small', 'ok', 'k2'],
    ['resign', undefined, 'deleted', 'ok', 'k2'],
    ['resign', undefined, 'expiring', 'ok', 'k2'],
    ['resign', undefined, 'held', 'ok', 'k2'],
    ['resign', undefined, 'small', 'ok', 'k2'],
    ['resign', undefined, undefined, 'ok', undefined],
  ]);
  expect(new Set(ends.map(({ context }) => context))).toEqual(new Set(['rotation']));
});

test(
  'I-10 whatever storage call fails, all is there afterwards, and running it again finishes',
  { timeout: 60_000 },
  async () => {
    for (const fault of faults) {
      for (let from = 1; ; from += 1) {
        const opened = await filled();
        const broken = failing(opened.backend, fault, from, false);
        const { store } = open({ backend: broken.backend, clock: opened.clock, signing: signingWith('k2') });
        await store.resign({ concurrency: 1 }).catch(() => undefined);
        const reached = broken.calls.length >= from;
        const again = rekeyed(opened, 'k2');
        expect(await again.store.resign(), `${fault.name} at ${from}`).toMatchObject({ failed: 0 });
        const { store: after } = rekeyed(opened, 'k2', ['k1']);
        expect(sha256(await (await after.download('held')).bytes())).toBe(sha256(content(100_000, 2)));
        expect(await (await after.download('small')).text()).toBe('x');
        if (!reached) break;
      }
    }
  },
);

test('a clock that stands at any time changes nothing of what is kept', async () => {
  const opened = await filled();
  const clock = new Clock();
  clock.wall = startTime - 1000 * hour;
  const before = await opened.store.getMetadata('held');

  await open({ backend: opened.backend, clock, signing: signingWith('k2') }).store.resign();

  const after = await rekeyed(opened, 'k2').store.getMetadata('held');
  expect([after?.createdAt, after?.retainUntil, after?.generation]).toEqual([
    before?.createdAt,
    before?.retainUntil,
    before?.generation,
  ]);
  expect((await keysOf(opened.backend)).filter(isRecordKey).length).toBe(4);
});
