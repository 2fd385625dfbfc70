import { expect, test } from 'vitest';
import { z } from 'zod';

import type { ArtifactMetadata } from './artifact.ts';
import { ArtifactError } from './errors.ts';
import { failing, faults, watched } from './faults.test-helper.ts';
import { signingWith } from './keys-in-use.test-helper.ts';
import { verifyManifest } from './manifest.ts';
import { migrate } from './migrate.ts';
import type { MigrateProgress } from './migrate-options.ts';
import { ArtifactReader } from './reader.ts';
import type { ArtifactStore } from './store.ts';
import {
  Clock,
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

/** Another store, with keys and an audience of its own, as the same clock sees it. */
function elsewhere(clock: Clock, options: Parameters<typeof open>[0] = {}): Opened {
  return open({ clock, signing: keyringOf('k9'), audience: 'elsewhere', ...options });
}

/** Small and large, named, expiring, held, retained, updated, replaced, deleted, and in two namespaces. */
async function filled(options: Parameters<typeof open>[0] = {}): Promise<Opened> {
  const opened = open(options);
  const { store, clock } = opened;
  await store.upload('a/empty', '');
  await store.upload('a/large', content(100_000), { contentType: 'text/plain', metadata: { deep: [1, { n: 2 }] } });
  clock.advance(1000);
  await store.upload('b', 'older');
  await store.upload('b', 'newer', { name: 'Named', expiresAt: startTime + 30 * day });
  await store.upload('held', content(70_000, 2), { hold: true });
  await store.upload('retained', 'x', { retainUntil: startTime + 30 * day });
  await store.update('retained', { metadata: { updated: true } });
  await store.upload('deleted', content(100_000));
  await store.delete('deleted');
  await store.namespace('tenant').upload('a/large', content(80_000, 3));
  await store.namespace('Other Tenant').upload('b', 'theirs');
  clock.advance(1000);
  return opened;
}

const spots = [undefined, 'tenant', 'Other Tenant'];
const ours = { revision: '', keyId: '', signature: '' };

/** Everything that can be read, and what its bytes are. */
async function contentsOf(store: ArtifactReader<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const spot of spots) {
    const at = spot === undefined ? store : store.namespace(spot);
    for await (const metadata of at.list({ includeExpired: true })) {
      const bytes = await (await at.download(metadata.id)).bytes();
      expect(sha256(bytes)).toBe(metadata.checksumSha256);
      found.push([spot, { ...metadata, ...ours }]);
    }
  }
  return found;
}

const nothing = { copied: 0, updated: 0, unchanged: 0, expired: 0, deleted: 0, sentBytes: 0, failed: 0, failures: [] };

test('all artifacts of all namespaces arrive, with all that is said of them, under other keys and another audience', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);

  const { manifest, ...report } = await migrate(from.store, to.store);

  expect(report).toEqual({ ...nothing, copied: 7, sentBytes: 250_012 });
  expect(await contentsOf(to.store)).toEqual(await contentsOf(from.store));
  expect((await to.store.getMetadata('b'))?.keyId).toBe('k9');
  expect((await to.store.getMetadata('b'))?.generation).toBe(2);
  expect(await to.store.getMetadata('deleted')).toBeUndefined();
  expect(await keysOf(to.backend, 'pending/')).toEqual([]);
  expect((await keysOf(to.backend, 'expiry/')).length).toBe(1);
  expect(manifest?.length).toBeGreaterThan(0);
});

test('run again it sends nothing, and the manifest is the same', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);
  const { manifest } = await migrate(from.store, to.store);
  const before = await state(to.backend);

  const again = await migrate(from.store, to.store);

  expect(again).toEqual({ ...nothing, unchanged: 7, manifest });
  expect(await state(to.backend)).toEqual(before);
});

test('a backup sends what is new, and of what only changed its record', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);
  await migrate(from.store, to.store);
  const contents = await keysOf(to.backend, 'content/');
  from.clock.advance(1000);
  await from.store.upload('new', 'new');
  await from.store.upload('b', 'newest');
  await from.store.update('a/large', { metadata: { changed: 1 }, expiresAt: startTime + 2 * day, hold: true });
  await from.store.namespace('tenant').update('a/large', { retainUntil: startTime + 2 * day });
  const { backend, calls } = watched(to.backend);

  const { manifest, ...report } = await migrate(from.store, elsewhere(from.clock, { backend }).store);

  expect(report).toEqual({ ...nothing, copied: 2, updated: 2, unchanged: 4, sentBytes: 9 });
  expect(await contentsOf(to.store)).toEqual(await contentsOf(from.store));
  expect(await keysOf(to.backend, 'content/')).toEqual(contents);
  expect(calls.filter(({ call, key }) => call === 'write' && key.includes('content/'))).toEqual([]);
  expect(manifest?.length).toBeGreaterThan(0);
});

test('a restore brings back every byte and all that was said of it', async () => {
  const from = await filled();
  const backup = elsewhere(from.clock);
  await migrate(from.store, backup.store);
  const restored = open({ clock: from.clock, signing: keyringOf('k5'), audience: 'restored' });

  const report = await migrate(backup.store, restored.store);

  expect(report).toMatchObject({ copied: 7, failed: 0 });
  expect(await contentsOf(restored.store)).toEqual(await contentsOf(from.store));
});

test('where nothing is yet, an artifact costs one read here and one write there', async () => {
  const from = open();
  for (let n = 0; n < 20; n += 1) await from.store.upload(`small/${n}`, `content ${n}`);
  const to = elsewhere(from.clock);
  await to.store.ready();
  const [reading, writing] = [watched(from.backend), watched(to.backend)];

  await migrate(
    open({ backend: reading.backend, clock: from.clock }).store,
    elsewhere(from.clock, { backend: writing.backend }).store,
  );

  const count = (calls: typeof reading.calls, wanted: string): number =>
    calls.filter(({ call, key }) => call === wanted && key.startsWith('records/small')).length;
  expect([count(reading.calls, 'read'), count(writing.calls, 'read'), count(writing.calls, 'write')]).toEqual([
    20, 0, 20,
  ]);
  expect(writing.calls.filter(({ call }) => call === 'list').length).toBe(1);
});

test('I-1 what is damaged is told and does not arrive, and the others do', async () => {
  const from = await filled();
  const [large = ''] = (await keysOf(from.backend, 'content/')).filter((key) => key.includes(sha256('a/large')));
  await flip(from.backend, large, 500);
  await flip(from.backend, 'records/b', 400);
  await flip(from.backend, 'records/retained', 8 * (await objectAt(from.backend, 'records/retained')).length - 1);
  await from.backend.write('records/=zz', Buffer.from('nobody'));
  await from.backend.delete((await keysOf(from.backend, 'ns/tenant/content/'))[0] ?? '');
  const to = elsewhere(from.clock);

  const { failures, manifest, ...report } = await migrate(from.store, to.store);

  expect(report).toEqual({ ...nothing, copied: 3, sentBytes: 70_006, failed: 5, failures: undefined });
  expect(failures.map(({ namespace, id, error }) => [namespace, id, error.code])).toEqual([
    [undefined, '=zz', 'INTEGRITY'],
    ['tenant', 'a/large', 'INTEGRITY'],
    [undefined, 'a/large', 'INTEGRITY'],
    [undefined, 'b', 'SIGNATURE_INVALID'],
    [undefined, 'retained', 'INTEGRITY'],
  ]);
  expect((await collect(to.store.list())).map(({ id }) => id)).toEqual(['a/empty', 'held']);
  const { artifacts } = await verifyManifest(manifest ?? new Uint8Array(0), keyringOf('k9'));
  expect(artifacts.map(({ id }) => id)).toEqual(['b', 'a/empty', 'held']);
});

test('what was uploaded later at the destination stays there and is told', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);
  await migrate(from.store, to.store);
  from.clock.advance(1000);
  const newer = await to.store.upload('b', 'written after the move');

  const { failures, ...report } = await migrate(from.store, to.store);

  expect(report).toMatchObject({ copied: 0, unchanged: 6, failed: 1 });
  expect(failures).toMatchObject([{ id: 'b', error: { code: 'ALREADY_EXISTS', revision: newer.revision } }]);
  expect(await (await to.store.download('b')).text()).toBe('written after the move');
});

test('no hold is lifted and no retention shortened at the destination', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);
  await migrate(from.store, to.store);
  await to.store.update('a/empty', { hold: true });
  await to.store.update('retained', { retainUntil: startTime + 40 * day });
  await from.store.update('held', { hold: false });
  from.clock.advance(1000);
  await from.store.upload('held', 'other content');
  const before = await state(to.backend);

  const { failures, ...report } = await migrate(from.store, to.store);

  expect(report).toMatchObject({ copied: 0, updated: 0, unchanged: 4, failed: 3 });
  expect(failures.map(({ id, error }) => [id, error.code])).toEqual([
    ['a/empty', 'RETAINED'],
    ['held', 'RETAINED'],
    ['retained', 'RETAINED'],
  ]);
  expect(await state(to.backend)).toEqual(before);
});

test('what has expired is left out, unless a hold or retention keeps it', async () => {
  const from = open();
  await from.store.upload('expired', 'x', { ttlMs: 1000 });
  await from.store.upload('held', content(70_000), { ttlMs: 1000, hold: true });
  await from.store.upload('retained', 'x', { ttlMs: 1000, retainUntil: startTime + day });
  from.clock.advance(1000);
  const to = elsewhere(from.clock);

  const report = await migrate(from.store, to.store);

  expect(report).toMatchObject({ copied: 2, expired: 1, failed: 0 });
  expect((await collect(to.store.list({ includeExpired: true }))).map(({ id }) => id)).toEqual(['held', 'retained']);
  expect(await refusal(to.store.download('held'))).toMatchObject({ code: 'EXPIRED' });
  expect((await keysOf(to.backend, 'expiry/')).length).toBe(2);
});

test('I-22 what was created long ago and moved just now is buried by a sweep, since its create may be sent again', async () => {
  const from = open();
  await from.store.upload('a', content(70_000), { expiresAt: startTime + 2 * day });
  from.clock.advance(2 * day - 1);
  const to = elsewhere(from.clock);
  await migrate(from.store, to.store);
  from.clock.advance(hour);

  await to.store.sweep();

  expect(await to.store.getMetadata('a')).toBeUndefined();
  expect(await keysOf(to.backend, 'records/')).toEqual(['records/a']);
  expect(await keysOf(to.backend, 'content/')).toEqual([]);
});

test('a dry run reports what would be sent, writes nothing, and signs nothing', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);
  const before = [await state(from.backend), await state(to.backend)];

  const report = await migrate(from.store, to.store, { dryRun: true });

  expect(report).toEqual({ ...nothing, copied: 7, sentBytes: 250_012, manifest: undefined });
  expect([await state(from.backend), await state(to.backend)]).toEqual(before);
});

test('verifying alone reads what is at the destination to its end, and writes nothing', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);
  const { manifest } = await migrate(from.store, to.store);
  const before = await state(to.backend);

  expect(await migrate(from.store, to.store, { verifyOnly: true })).toEqual({ ...nothing, unchanged: 7, manifest });
  expect(await state(to.backend)).toEqual(before);

  await flip(to.backend, (await keysOf(to.backend, 'ns/tenant/content/'))[0] ?? '', 500);
  await to.store.delete('b');
  await to.store.update('a/empty', { metadata: { other: 1 } });
  const { failures, ...report } = await migrate(from.store, to.store, { verifyOnly: true });

  expect(report).toMatchObject({ unchanged: 4, failed: 3 });
  expect(failures.map(({ namespace, id, error }) => [namespace, id, error.code])).toEqual([
    ['tenant', 'a/large', 'INTEGRITY'],
    [undefined, 'a/empty', 'INTEGRITY'],
    [undefined, 'b', 'NOT_FOUND'],
  ]);
});

test('only what was read back at its destination is deleted from the source', async () => {
  const from = await filled();
  const inner = open({ clock: from.clock }).backend;
  // Content of one artifact is damaged the moment it is stored.
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (key.startsWith(`content/${sha256('a/large')}/`)) await flip(inner, key, 500);
      return written;
    },
  });
  const to = elsewhere(from.clock, { backend });

  const { failures, manifest, ...report } = await migrate(from.store, to.store, { deleteSource: true });

  expect(report).toMatchObject({ copied: 6, deleted: 4, failed: 3 });
  expect(failures.map(({ id, error }) => [id, error.code])).toEqual([
    ['a/large', 'INTEGRITY'],
    ['held', 'RETAINED'],
    ['retained', 'RETAINED'],
  ]);
  const left = [await collect(from.store.list()), await collect(from.store.namespace('tenant').list())].flat();
  expect(left.map(({ id }) => id)).toEqual(['a/large', 'held', 'retained']);
  expect((await verifyManifest(manifest ?? new Uint8Array(0), keyringOf('k9'))).artifacts.length).toBe(6);
});

test('what was written at the source after it was sent is not deleted there', async () => {
  const from = open();
  await from.store.upload('a', 'sent');
  const inner = open({ clock: from.clock }).backend;
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (key === 'records/a' && written.size > 0) {
        from.clock.advance(1);
        await from.store.upload('a', 'written meanwhile');
      }
      return written;
    },
  });

  const report = await migrate(from.store, elsewhere(from.clock, { backend }).store, { deleteSource: true });

  expect(report).toMatchObject({
    copied: 1,
    deleted: 0,
    failed: 1,
    failures: [{ error: { code: 'PRECONDITION_FAILED' } }],
  });
  expect(await (await from.store.download('a')).text()).toBe('written meanwhile');
});

test('I-22 what is at its destination because that is where it came from is not deleted', async () => {
  const from = open();
  await from.store.upload('a', 'the only one');
  await from.store.upload('large', content(100_000));
  const before = await state(from.backend);
  const again = open({ clock: from.clock, backend: wrapBackend(from.backend, {}) });

  const report = await migrate(from.store, again.store, { deleteSource: true });

  expect(report).toMatchObject({ unchanged: 2, deleted: 0, failed: 2 });
  expect(report.failures.map(({ error }) => [error.code, error.field, error.artifactId])).toEqual([
    ['INVALID_ARGUMENT', 'to', 'a'],
    ['INVALID_ARGUMENT', 'to', 'large'],
  ]);
  expect(await state(from.backend)).toEqual(before);
});

test('only what is asked for is moved: a start of ids, or ids by name', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);

  expect(await migrate(from.store, to.store, { prefix: 'a/' })).toMatchObject({ copied: 2, failed: 0 });
  expect((await collect(to.store.list())).map(({ id }) => id)).toEqual(['a/empty', 'a/large']);
  const report = await migrate(from.store, to.store, { ids: new Set(['held', 'b', 'absent', 'a/empty', 'deleted']) });
  expect(report).toMatchObject({ copied: 2, unchanged: 1, failed: 0 });
  const { artifacts } = await verifyManifest(report.manifest ?? new Uint8Array(0), keyringOf('k9'));
  expect(artifacts.map(({ id }) => id)).toEqual(['a/empty', 'b', 'held']);
});

test('I-3 a store moves into a namespace and out of one, each time signed for where it is', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);

  expect(await migrate(from.store, to.store.namespace('mine'))).toMatchObject({ copied: 5, failed: 0 });
  const { manifest } = await migrate(from.store.namespace('tenant'), from.store.namespace('copy'));
  expect(await migrate(to.store.namespace('mine'), from.store)).toMatchObject({ unchanged: 5, failed: 0 });

  expect(await to.store.getMetadata('b')).toBeUndefined();
  expect(await (await to.store.namespace('mine').download('b')).text()).toBe('newer');
  expect(sha256(await (await from.store.namespace('copy').download('a/large')).bytes())).toBe(
    sha256(content(80_000, 3)),
  );
  expect((await verifyManifest(manifest ?? new Uint8Array(0), keyringOf('k1'))).artifacts).toMatchObject([
    { namespace: 'copy', id: 'a/large' },
  ]);
});

test('what the destination does not allow is told, before it is sent', async () => {
  const from = await filled();
  const metadataSchema = z.object({ updated: z.boolean() });
  const to = elsewhere(from.clock, { maxSizeBytes: 75_000, metadataSchema });

  const { failures, ...report } = await migrate(from.store, to.store);

  expect(report).toMatchObject({ copied: 1, failed: 6 });
  expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(['TOO_LARGE', 'METADATA_INVALID']));
});

test('a source or a destination that is written meanwhile loses nothing', async () => {
  const from = await filled();
  const to = elsewhere(from.clock);
  const done = new Set<string>();
  const once = async (key: string, change: () => Promise<unknown>): Promise<void> => {
    if (done.has(key)) return;
    done.add(key);
    await change();
  };
  const reading = wrapBackend(from.backend, {
    async read(key, options) {
      if (key.startsWith(`content/${sha256('a/large')}/`)) {
        await once('large', async () => {
          from.clock.advance(1);
          await from.store.upload('a/large', content(90_000, 7));
          await from.backend.delete(key);
        });
      }
      return from.backend.read(key, options);
    },
  });
  const writing = wrapBackend(to.backend, {
    async write(key, body, options) {
      if (key === 'records/b') await once(key, () => to.store.upload('b', 'by another'));
      return to.backend.write(key, body, options);
    },
  });

  const report = await migrate(
    open({ backend: reading, clock: from.clock }).store,
    elsewhere(from.clock, { backend: writing }).store,
  );

  expect(report.failures).toMatchObject([{ id: 'b', error: { code: 'ALREADY_EXISTS' } }]);
  expect(await (await to.store.download('b')).text()).toBe('by another');
  expect(sha256(await (await to.store.download('a/large')).bytes())).toBe(sha256(content(90_000, 7)));
});

test('a destination that fails ends it, and a source that cannot be read does not', async () => {
  const from = await filled();
  const error = new ArtifactError('ACCESS_DENIED', 'not here');
  const reading = wrapBackend(from.backend, {
    read: (key, options) => (key === 'records/b' ? Promise.reject(error) : from.backend.read(key, options)),
  });
  const to = elsewhere(from.clock);
  const source = open({ backend: reading, clock: from.clock }).store;

  expect(await migrate(source, to.store)).toMatchObject({ copied: 6, failed: 1, failures: [{ id: 'b', error }] });

  const refused = new ArtifactError('ACCESS_DENIED', 'not there');
  const full = open({ clock: from.clock }).backend;
  const { backend, calls } = watched(
    wrapBackend(full, {
      write: (key, body, options) =>
        key.includes('records/') ? Promise.reject(refused) : full.write(key, body, options),
    }),
  );
  await expect(migrate(from.store, elsewhere(from.clock, { backend }).store, { concurrency: 1 })).rejects.toBe(refused);
  expect(calls.filter(({ call, key }) => call === 'write' && key.includes('records/')).length).toBe(1);
});

test(
  'I-10 whatever storage call fails on either side, running it again ends with the same store and manifest',
  { timeout: 120_000 },
  async () => {
    const whole = elsewhere((await filled()).clock);
    const { manifest } = await migrate((await filled({ clock: new Clock() })).store, whole.store);
    for (const fault of faults.filter(({ name }) => name.startsWith('UNAVAILABLE'))) {
      for (const side of ['source', 'destination'] as const) {
        for (let from = 1; ; from += 5) {
          const source = await filled();
          const to = elsewhere(source.clock);
          const broken = failing(side === 'source' ? source.backend : to.backend, fault, from, true);
          await migrate(
            side === 'source' ? open({ backend: broken.backend, clock: source.clock }).store : source.store,
            side === 'source' ? to.store : elsewhere(source.clock, { backend: broken.backend }).store,
            { concurrency: 1 },
          ).catch(() => undefined);
          const again = await migrate(source.store, to.store);
          expect(again, `${fault.name} at ${from} of the ${side}`).toMatchObject({ failed: 0, manifest });
          expect(await contentsOf(to.store)).toEqual(await contentsOf(source.store));
          if (broken.calls.length < from) break;
        }
      }
    }
  },
);

test('progress tells of each artifact, and an abort rejects with the reason', async () => {
  const from = await filled();
  const told: MigrateProgress[] = [];
  await migrate(from.store, elsewhere(from.clock).store, {
    concurrency: 1,
    onProgress: (progress) => void told.push(progress),
  });

  expect(told.map(({ artifacts }) => artifacts)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(told.at(-1)).toEqual({ artifacts: 7, failed: 0, sentBytes: 250_012 });

  const enough = new Error('enough');
  const controller = new AbortController();
  const to = elsewhere(from.clock);
  const ending = migrate(from.store, to.store, {
    concurrency: 1,
    signal: controller.signal,
    onProgress: ({ artifacts }) => void (artifacts === 3 && controller.abort(enough)),
  });
  await expect(ending).rejects.toBe(enough);
  expect(await migrate(from.store, to.store)).toMatchObject({ copied: 4, unchanged: 3 });
});

test('without any capability at the destination it works, but for what needs one', async () => {
  const from = await filled();
  const none = { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false };
  const inner = open({ clock: from.clock }).backend;
  const to = elsewhere(from.clock, { backend: wrapBackend(inner, { capabilities: async () => none }) });

  const first = await migrate(from.store, to.store);
  await from.store.update('a/large', { metadata: { changed: 1 } });
  const second = await migrate(from.store, to.store);

  expect(first).toMatchObject({ copied: 5, failed: 2 });
  expect(first.failures.map(({ id, error }) => [id, error.code])).toEqual([
    ['held', 'UNSUPPORTED'],
    ['retained', 'UNSUPPORTED'],
  ]);
  expect(second).toMatchObject({ copied: 1, updated: 0, unchanged: 4, sentBytes: 100_000 });
  const error = await refusal(migrate(to.store, open().store, { deleteSource: true }));
  expect(error).toMatchObject({ code: 'UNSUPPORTED', field: 'deleteSource', expected: 'compareAndSwap' });
});

const wrong: readonly (readonly [options: object, field: string])[] = [
  [{ concurrency: 0 }, 'concurrency'],
  [{ timeoutMs: 0.5 }, 'timeoutMs'],
  [{ prefix: '/' }, 'prefix'],
  [{ ids: 'a' }, 'ids'],
  [{ ids: ['a', '../'] }, 'id'],
  [{ ids: ['a'], prefix: 'a' }, 'ids'],
  [{ dryRun: 1 }, 'dryRun'],
  [{ dryRun: true, verifyOnly: true }, 'dryRun'],
  [{ deleteSource: true, verifyOnly: true }, 'deleteSource'],
  [{ deleteSource: true, dryRun: true }, 'deleteSource'],
  [{ onProgress: 7 }, 'onProgress'],
];

test.each(wrong)('I-26 %j is refused before any I/O, naming the field', async (options, field) => {
  const [from, to] = [watched((await filled()).backend), watched(open().backend)];

  const error = await refusal(
    migrate(open({ backend: from.backend }).store, open({ backend: to.backend }).store, options),
  );

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  expect([from.calls, to.calls]).toEqual([[], []]);
});

test('I-28 a reader can be moved from and never to, and nothing moves to where it is', async () => {
  const from = await filled();
  const now = (): number => from.clock.wall;
  const reader = new ArtifactReader({ backend: from.backend, signing: signingWith('k1'), audience: 'test', now });
  const to = elsewhere(from.clock);

  expect(await migrate(reader, to.store)).toMatchObject({ copied: 7, failed: 0 });
  for (const [source, target, field] of [
    [from.store, reader, 'to'],
    [from.store, from.store, 'to'],
    [from.store.namespace('tenant'), from.store.namespace('tenant'), 'to'],
    [{}, to.store, 'from'],
    [from.store, undefined, 'to'],
  ] as const)
    expect(await refusal(migrate(source as ArtifactStore, target as never))).toMatchObject({ field });
  expect(await refusal(migrate(reader, to.store, { deleteSource: true }))).toMatchObject({ field: 'deleteSource' });
});

test('names, types and metadata of what arrives are those of the original to the letter', async () => {
  const from = open();
  const given = { name: 'ä "b"', contentType: 'text/plain; charset=utf-8', metadata: { z: 1, a: [null, 'ü'] } };
  const original: ArtifactMetadata = await from.store.upload('Ü/x', 'x', given);
  const to = elsewhere(from.clock);

  await migrate(from.store, to.store);

  expect({ ...(await to.store.getMetadata('Ü/x')), ...ours }).toEqual({ ...original, ...ours });
  expect(JSON.stringify((await to.store.getMetadata('Ü/x'))?.metadata)).toBe(JSON.stringify(given.metadata));
});
