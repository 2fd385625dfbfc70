import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { describe, expect, expectTypeOf, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { generateKey, generateKeyPair } from './generate-key.ts';
import { memoryBackend } from './memory.ts';
import { openArtifactReader, openArtifactStore } from './open.ts';
import { ArtifactReader } from './reader.ts';
import { keyringOf, refusal } from './store.test-helper.ts';
import { ArtifactStore } from './store.ts';
import { wrapBackend } from './wrap-backend.ts';

/** A backend that can be opened twice, and counts what it is asked to do. */
function shared(): { readonly loaders: Record<string, () => Promise<unknown>>; readonly calls: string[] } {
  const inner = memoryBackend();
  const calls: string[] = [];
  const counted = <Name extends 'capabilities' | 'write' | 'delete' | 'close'>(name: Name): ArtifactBackend[Name] =>
    ((...given: unknown[]) => {
      calls.push(name);
      return (inner[name] as (...all: unknown[]) => unknown).apply(inner, given);
    }) as ArtifactBackend[Name];
  const backend = wrapBackend(inner, {
    capabilities: counted('capabilities'),
    write: counted('write'),
    delete: counted('delete'),
    close: counted('close'),
  });
  return { loaders: { shared: async () => ({ backendFromUrl: () => backend }) }, calls };
}

const signing = keyringOf('k1');

describe('a store is opened by the address of its backend', () => {
  test('everything may come from the environment', async () => {
    const env = { ARTIFACT_URL: 'memory:', ARTIFACT_AUDIENCE: 'test', ARTIFACT_SIGNING_KEY: `k1=${generateKey()}` };
    const store = await openArtifactStore(undefined, { env });
    expect(store).toBeInstanceOf(ArtifactStore);
    expect(await store.upload('a', 'x')).toMatchObject({ keyId: 'k1', generation: 1 });
  });

  test('what is given comes before the environment', async () => {
    const env = { ARTIFACT_URL: 'nonsense', ARTIFACT_AUDIENCE: '\0', ARTIFACT_SIGNING_KEY: 'nonsense' };
    const store = await openArtifactStore('memory:', { env, signing, audience: 'test', label: 'mine' });
    expect((await store.upload('a', 'x')).keyId).toBe('k1');
  });

  test('the keys may be in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'artifacts-open-'));
    try {
      const file = join(folder, 'keys');
      await writeFile(file, `# since the spring\nk2=${generateKey()}\nk1=${generateKey()}\n`, { mode: 0o600 });
      const env = { ARTIFACT_SIGNING_KEY_FILE: file };
      const store = await openArtifactStore('memory:', { env, audience: 'test' });
      expect((await store.upload('a', 'x')).keyId).toBe('k2');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('closing the store closes the backend, once; a namespace closes nothing', async () => {
    const { loaders, calls } = shared();
    const store = await openArtifactStore('shared:', { loaders, signing, audience: 'test' });
    await store.namespace('n').close();
    expect(calls).toEqual([]);
    await store.close();
    await store.close();
    expect(calls).toEqual(['close']);
    expect(await refusal(store.getMetadata('a'))).toMatchObject({ code: 'CONFIGURATION' });
  });

  test('a store that cannot be made closes the backend that was opened for it', async () => {
    const { loaders, calls } = shared();
    const options = { loaders, signing, audience: 'test', maxSizeBytes: -1 };
    expect(await refusal(openArtifactStore('shared:', options))).toMatchObject({ field: 'maxSizeBytes' });
    expect(calls).toEqual(['close']);
  });

  test.each([
    ['target', { ARTIFACT_AUDIENCE: 'test', ARTIFACT_SIGNING_KEY: `k1=${generateKey()}` }, 'ARTIFACT_URL'],
    ['audience', { ARTIFACT_URL: 'memory:', ARTIFACT_SIGNING_KEY: `k1=${generateKey()}` }, 'ARTIFACT_AUDIENCE'],
    ['ARTIFACT_SIGNING_KEY', { ARTIFACT_URL: 'memory:', ARTIFACT_AUDIENCE: 'test' }, 'artifacts-keygen'],
  ])('a missing %s is refused with what to set', async (field, env, remedy) => {
    const error = await refusal(openArtifactStore(undefined, { env }));
    expect(error).toMatchObject({ code: 'CONFIGURATION', field });
    expect(error.message).toContain(remedy);
  });

  test('I-23 no key and no address is shown by what refuses them', async () => {
    const key = generateKey();
    const env = {
      ARTIFACT_URL: 's4://user:hidden@bucket',
      ARTIFACT_AUDIENCE: 'test',
      ARTIFACT_SIGNING_KEY: `k1=${key}`,
    };
    const shown = inspect(await refusal(openArtifactStore(undefined, { env })), { depth: null, showHidden: true });
    expect(shown).not.toContain('hidden');
    expect(shown).not.toContain(key.slice(7, 20));
  });
});

describe('a reader is opened the same way', () => {
  test('I-28 public keys suffice, and nothing is written or probed', async () => {
    const { privateKey, publicKey } = generateKeyPair();
    const { loaders, calls } = shared();
    const common = { loaders, audience: 'test' };
    const store = await openArtifactStore('shared:', {
      ...common,
      env: { ARTIFACT_SIGNING_KEY: `k1=ed25519:${privateKey}` },
    });
    await store.upload('a', 'content');
    calls.length = 0;
    const reader = await openArtifactReader('shared:', {
      ...common,
      env: { ARTIFACT_SIGNING_KEY: `k1=ed25519-public:${publicKey}` },
    });
    expect(await (await reader.download('a')).text()).toBe('content');
    expect((await reader.getMetadata('a'))?.keyId).toBe('k1');
    expect((await reader.page()).artifacts.map(({ id }) => id)).toEqual(['a']);
    expect((await reader.healthCheck()).checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['backend', true],
      ['format', true],
    ]);
    expect(calls).toEqual([]);
  });

  test('it is no store', async () => {
    const reader = await openArtifactReader('memory:', { signing: { find: () => undefined }, audience: 'test' });
    expect(reader).toBeInstanceOf(ArtifactReader);
    expect(reader).not.toBeInstanceOf(ArtifactStore);
    expectTypeOf(reader).not.toHaveProperty('upload');
    expectTypeOf(reader).not.toHaveProperty('delete');
  });
});
