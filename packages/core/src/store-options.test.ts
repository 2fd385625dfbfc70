import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactStore } from './store.ts';
import type { ArtifactStoreOptions } from './store-options.ts';
import { content, keyringOf, onlyKey, open, refusalOf } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const good: ArtifactStoreOptions = { backend: memoryBackend(), signing: keyringOf('k1'), audience: 'test' };

/** A backend that no call may reach. */
function untouched(): ArtifactBackend {
  const touched = (): never => {
    throw new Error('touched');
  };
  return wrapBackend(memoryBackend(), {
    capabilities: touched,
    read: touched,
    write: touched,
    list: touched,
    check: touched,
    delete: touched,
  });
}

const wrong: readonly (readonly [field: string, value: unknown, problem: string])[] = [
  ['backend', undefined, 'backend is missing'],
  ['backend', null, 'backend is missing'],
  ['backend', 'file:./x', 'give one of contract 1'],
  ['backend', wrapBackend(memoryBackend(), { contract: 2 as never }), 'backend "memory" follows contract 2'],
  ['signing', undefined, 'signing is missing'],
  ['signing', null, 'signing is missing'],
  ['signing', {}, 'signing is missing'],
  ['signing', 'base64:xxxx', 'signing is missing'],
  ['audience', undefined, 'audience is missing'],
  ['audience', '', 'audience is empty'],
  ['audience', 'x'.repeat(257), 'audience is longer than 256 bytes'],
  ['audience', 'a\nb', 'audience has a control character'],
  ['audience', '\ud800', 'audience has a lone surrogate'],
  ['audience', 7, 'audience is not a string'],
  ['label', '', 'label is empty'],
  ['maxSizeBytes', -1, 'maxSizeBytes is -1'],
  ['maxSizeBytes', Number.NaN, 'maxSizeBytes is not a whole number'],
  ['maxSizeBytes', 2 ** 50, 'maxSizeBytes is'],
  ['inlineBytes', -1, 'inlineBytes is -1'],
  ['inlineBytes', 2 * 1024 * 1024 + 1, 'inlineBytes is 2097153'],
  ['graceMs', 999, 'graceMs is 999'],
  ['graceMs', Infinity, 'graceMs is not a whole number'],
  ['timeoutMs', 0, 'timeoutMs is 0'],
  ['timeoutMs', '5', 'timeoutMs is not a whole number'],
  ['idleTimeoutMs', 0, 'idleTimeoutMs is 0'],
  ['idleTimeoutMs', 0.5, 'idleTimeoutMs is not a whole number'],
  ['cachedRecords', -1, 'cachedRecords is -1'],
  ['cachedRecords', 0.5, 'cachedRecords is not a whole number'],
  ['cachedRecords', Infinity, 'cachedRecords is not a whole number'],
  ['metadataSchema', null, 'metadataSchema is no Standard Schema'],
  ['metadataSchema', {}, 'metadataSchema is no Standard Schema'],
  ['metadataSchema', () => true, 'metadataSchema is no Standard Schema'],
  ['metadataSchema', { '~standard': null }, 'metadataSchema is no Standard Schema'],
  ['metadataSchema', { '~standard': { version: 1 } }, 'metadataSchema is no Standard Schema'],
  ['metadataSchema', { '~standard': { version: 2, validate: () => ({ value: 1 }) } }, 'metadataSchema is no Standard'],
];

test.each(wrong)('I-4 a store with %s %j is refused at construction, naming the option', (field, value, problem) => {
  const error = refusalOf(() => new ArtifactStore({ ...good, [field]: value }));

  expect(error).toMatchObject({ code: 'CONFIGURATION', field });
  expect(error.message).toContain(problem);
});

test('a quota or trackUsage beside an idle time of more than a minute is refused at construction, of a namespace, too', () => {
  const backend = untouched();
  const slow = { ...good, backend, idleTimeoutMs: 60_001 };
  const refused = {
    code: 'CONFIGURATION',
    field: 'idleTimeoutMs',
    message:
      'idleTimeoutMs is 60001, and a quota or trackUsage counts on requests of at most a minute: give at most 60000, or neither',
  };

  for (const accounting of [{ quota: { maxCount: 1 } }, { trackUsage: true }]) {
    expect(refusalOf(() => new ArtifactStore({ ...slow, ...accounting }))).toMatchObject(refused);
    expect(refusalOf(() => new ArtifactStore(slow).namespace('n', accounting))).toMatchObject(refused);
    const store = new ArtifactStore({ ...slow, ...accounting, idleTimeoutMs: 60_000 });
    expect(store.namespace('n')).toBeInstanceOf(ArtifactStore);
  }
  expect(new ArtifactStore(slow).namespace('n')).toBeInstanceOf(ArtifactStore);
});

test('a store is made without any I/O', () => {
  expect(new ArtifactStore({ ...good, backend: untouched() })).toBeInstanceOf(ArtifactStore);
});

test('limits at their edges are taken', () => {
  for (const options of [
    { maxSizeBytes: 0 },
    { maxSizeBytes: 128 * 1024 * 1024 * 65_536 },
    { inlineBytes: 0 },
    { inlineBytes: 2 * 1024 * 1024 },
    { graceMs: 1000 },
    { idleTimeoutMs: 1 },
    { cachedRecords: 0 },
    { cachedRecords: Number.MAX_SAFE_INTEGER },
  ])
    expect(new ArtifactStore({ ...good, ...options })).toBeInstanceOf(ArtifactStore);
});

test('a clock of fractions gives whole milliseconds in records and markers, and the artifact can be read and deleted', async () => {
  const { store, backend } = open({ now: () => 1_800_000_000_000.7, graceMs: 5000 });

  const stored = await store.upload('a', content(100_000), { ttlMs: 1000 });
  const expiring = await onlyKey(backend, 'expiry/');
  const read = await store.download('a');
  const bytes = await read.bytes();
  await store.delete('a');
  const pending = await onlyKey(backend, 'pending/');

  expect([stored.createdAt.getTime(), stored.expiresAt?.getTime()]).toEqual([1_800_000_000_000, 1_800_000_001_000]);
  expect(read.metadata).toEqual(stored);
  expect(bytes.length).toBe(100_000);
  expect(expiring).toBe(`expiry/1800000001000-${stored.revision}/a`);
  expect(pending.slice(0, 'pending/'.length + 14)).toBe('pending/1800000005000-');
  expect(await store.getMetadata('a')).toBeUndefined();
});
