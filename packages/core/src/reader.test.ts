import { expect, expectTypeOf, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { hmac } from './hmac.ts';
import { keyring } from './keyring.ts';
import { revoked } from './signing-key.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactReader } from './reader.ts';
import { SafeReader } from './safe-reader.ts';
import type { KeyProvider } from './signing.ts';
import type { ArtifactReaderOptions } from './store-options.ts';
import {
  Clock,
  collect,
  content,
  flip,
  keyringOf,
  mebibyte,
  open,
  refusal,
  refusalOf,
  secretOf,
  sha256,
  state,
} from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';
import type { ArtifactStore } from './store.ts';

const keys = keyringOf('k1');
/** Keys that verify and cannot sign. */
const signing: Pick<KeyProvider, 'find'> = { find: (keyid) => keys.find(keyid) };

function reading(options: Partial<ArtifactReaderOptions> & Pick<ArtifactReaderOptions, 'backend'>): ArtifactReader {
  return new ArtifactReader({ signing, audience: 'test', ...options });
}

const reads = [
  'backendName',
  'close',
  'closed',
  'constructor',
  'download',
  'getMetadata',
  'healthCheck',
  'keyUsage',
  'label',
  'list',
  'namespace',
  'page',
  'safe',
  'verify',
];
const writes = ['copy', 'delete', 'deleteMany', 'ready', 'repair', 'resign', 'sweep', 'update', 'upload', 'uploadMany'];

test('I-28 a reader has no method that writes, neither in its type nor in its prototype', () => {
  expectTypeOf<keyof ArtifactReader>().toEqualTypeOf<
    | 'download'
    | 'getMetadata'
    | 'list'
    | 'page'
    | 'healthCheck'
    | 'keyUsage'
    | 'verify'
    | 'namespace'
    | 'label'
    | 'backendName'
    | 'closed'
    | 'safe'
    | 'close'
    | typeof Symbol.asyncDispose
  >();
  expectTypeOf<keyof SafeReader>().toEqualTypeOf<'download' | 'getMetadata' | 'page' | 'keyUsage' | 'healthCheck'>();
  expectTypeOf<Exclude<keyof ArtifactStore, keyof ArtifactReader>>().toEqualTypeOf<
    | 'upload'
    | 'update'
    | 'delete'
    | 'copy'
    | 'uploadMany'
    | 'deleteMany'
    | 'sweep'
    | 'resign'
    | 'repair'
    | 'usage'
    | 'quota'
    | 'recount'
    | 'ready'
  >();

  expect(Object.getOwnPropertyNames(ArtifactReader.prototype).toSorted()).toEqual(reads);
  const safe = ['constructor', 'download', 'getMetadata', 'healthCheck', 'keyUsage', 'page'];
  expect(Object.getOwnPropertyNames(SafeReader.prototype).toSorted()).toEqual(safe);
  const reader = reading({ backend: memoryBackend() });
  for (const one of [reader, reader.namespace('a'), reader.safe]) {
    expect(writes.filter((method) => method in one)).toEqual([]);
  }
});

test('I-28 a reader calls nothing but read, list and check, whatever it finds', async () => {
  const { store, backend: inner, clock } = open();
  for (const at of [store, store.namespace('n')]) {
    await at.upload('large', content(2 * mebibyte));
    await at.upload('small', 'x');
    await at.upload('expired', 'x', { ttlMs: 5 });
    await at.upload('deleted', 'x');
    await at.delete('deleted');
    await at.upload('forged', 'x');
  }
  for (const prefix of ['', 'ns/n/']) await flip(inner, `${prefix}records/forged`, 900);
  clock.advance(5);
  const before = await state(inner);
  const refused: string[] = [];
  const { backend, calls } = watched(
    wrapBackend(inner, { discardUnfinished: async () => void refused.push('discardUnfinished') }),
  );
  const root = reading({ backend, now: () => clock.wall });

  for (const reader of [root, root.namespace('n')]) {
    for (let n = 0; n < 2; n += 1) {
      for (const id of ['large', 'small']) {
        await (await reader.download(id)).bytes();
        await reader.getMetadata(id);
        await reader.safe.download(id);
        await reader.safe.getMetadata(id);
      }
      for (const id of ['expired', 'deleted', 'forged', 'absent']) await refusal(reader.download(id));
      await collect(reader.list({ onInvalid: () => undefined, includeExpired: true }));
      await refusal(collect(reader.list()));
      await reader.page({ limit: 2 });
      await reader.safe.page();
      await reader.healthCheck();
      await reader.safe.healthCheck();
    }
  }
  await root.close();

  expect(new Set(calls.map(({ call }) => call))).toEqual(new Set(['read', 'list', 'check']));
  expect(refused).toEqual([]);
  expect(await state(inner)).toEqual(before);
});

test('keys that can only be found suffice, and nothing is signed', async () => {
  const { store, backend } = open();
  const stored = await store.upload('a', content(100_000), { metadata: { n: 1 } });
  const reader = reading({ backend });

  expect(await reader.getMetadata('a')).toEqual(stored);
  expect(sha256(await (await reader.download('a')).bytes())).toBe(sha256(content(100_000)));
  expect(await collect(reader.list())).toEqual([stored]);
  expect((await reader.page()).artifacts).toEqual([stored]);
});

test('the health of a reader is that of backend and format: there is no signing key to look at', async () => {
  const clock = new Clock();
  const reader = reading({ backend: memoryBackend(), monotonic: () => clock.steady });

  expect(await reader.healthCheck()).toEqual({
    ok: true,
    checks: [
      { name: 'backend', ok: true, durationMs: 0 },
      { name: 'format', ok: true, durationMs: 0 },
    ],
  });
});

test('I-2 a reader refuses what its own keys do not vouch for', async () => {
  const { store, backend } = open();
  await store.upload('a', 'x');
  const lost = keyring({ active: 'k2', keys: { k1: revoked(hmac(secretOf('k1'))), k2: hmac(secretOf('k2')) } });

  expect(await refusal(reading({ backend, signing: keyringOf('k2') }).getMetadata('a'))).toMatchObject({
    code: 'UNKNOWN_KEY',
  });
  expect(await refusal(reading({ backend, signing: lost }).download('a'))).toMatchObject({ code: 'KEY_REVOKED' });
  expect(await refusal(reading({ backend, audience: 'elsewhere' }).download('a'))).toMatchObject({ code: 'INTEGRITY' });
  expect((await reading({ backend, audience: 'elsewhere' }).page()).invalid.length).toBe(1);
});

test('a reader reads artifacts of any size, whatever the limits of who wrote them', async () => {
  const { store, backend } = open({ inlineBytes: 2 * mebibyte, maxSizeBytes: 4 * mebibyte });
  await store.upload('a', content(2 * mebibyte));

  expect((await (await reading({ backend }).download('a')).bytes()).length).toBe(2 * mebibyte);
});

test.each([
  ['backend', undefined, 'backend is missing'],
  ['signing', undefined, 'signing is missing'],
  ['signing', null, 'signing is missing'],
  ['signing', { active: () => keys.active() }, 'signing is missing'],
  ['audience', undefined, 'audience is missing'],
  ['label', '', 'label is empty'],
  ['metadataSchema', { '~standard': { version: 2 } }, 'metadataSchema is no Standard Schema'],
  ['cachedRecords', -1, 'cachedRecords is -1'],
])('a reader with %s %j is refused at construction, naming the option', (field, value, problem) => {
  const error = refusalOf(() => reading({ backend: memoryBackend(), [field]: value }));

  expect(error).toMatchObject({ code: 'CONFIGURATION', field });
  expect(error.message).toContain(problem);
});

test('a store with keys that cannot sign is told to open a reader', () => {
  const error = refusalOf(() => open({ signing: signing as KeyProvider }));

  expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'signing' });
  expect(error.message).toContain('open a reader');
});
