import { getEventListeners } from 'node:events';
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

  test('what is wrong with the options shows before anything is loaded', async () => {
    const loaders = { shared: () => Promise.reject(new Error('it was loaded')) };
    const common = { loaders, signing, audience: 'test' };
    for (const [field, options] of Object.entries({
      maxSizeBytes: { maxSizeBytes: -1 },
      observers: { observers: null as never },
      now: { now: 5 as never },
      context: { context: {} as never },
    }))
      expect(await refusal(openArtifactStore('shared:', { ...common, ...options }))).toMatchObject({
        code: 'CONFIGURATION',
        field,
      });
    expect(await refusal(openArtifactReader('shared:', { ...common, timeoutMs: 0 }))).toMatchObject({
      field: 'timeoutMs',
    });
  });

  test('a backend of another contract is refused, and closed, however that goes', async () => {
    const calls: string[] = [];
    const close = () => {
      calls.push('close');
      return Promise.reject(new Error('it cannot be closed'));
    };
    const loaders = { old: async () => ({ backendFromUrl: () => ({ contract: 0, name: 'old', close }) }) };
    expect(await refusal(openArtifactStore('old:', { loaders, signing, audience: 'test' }))).toMatchObject({
      code: 'CONFIGURATION',
      field: 'backend',
    });
    expect(calls).toEqual(['close']);
  });

  test('closing that fails is told with a code and done again, and two who close wait for one closing', async () => {
    const answers = [Promise.reject(new Error('busy')), Promise.resolve()];
    answers[0]?.catch(() => undefined);
    let closings = 0;
    const backend = wrapBackend(memoryBackend(), { close: () => answers[closings++] ?? Promise.resolve() });
    const loaders = { shared: async () => ({ backendFromUrl: () => backend }) };
    const store = await openArtifactStore('shared:', { loaders, signing, audience: 'test' });
    const failed = await Promise.allSettled([store.close(), store.close()]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await refusal(Promise.reject((failed[0] as PromiseRejectedResult).reason))).toMatchObject({
      code: 'BACKEND',
      cause: { message: 'busy' },
    });
    await store.close();
    expect(closings).toBe(2);
  });

  test('I-23 a module that throws the address is told without it', async () => {
    const loaders = { gcs: async () => ({ backendFromUrl: (url: string) => new URL(`http://[${url}`) }) };
    const error = await refusal(openArtifactStore('gcs://user:hidden@x', { loaders, signing, audience: 'test' }));
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'target' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('hidden');
  });

  test('I-23 a backend is not told the keys', async () => {
    const seen: unknown[] = [];
    const open = (_url: string, { env }: { env: object }) => {
      seen.push(env);
      return memoryBackend();
    };
    const env = { ARTIFACT_SIGNING_KEY: `k1=${generateKey()}`, ARTIFACT_SIGNING_KEY_FILE: '', TOKEN: 'x' };
    await openArtifactStore('x:', { env, audience: 'test', loaders: { x: async () => ({ backendFromUrl: open }) } });
    expect(seen).toEqual([{ TOKEN: 'x' }]);
  });

  test('I-25 an abort ends an opening that hangs, and a backend that comes later is closed', async () => {
    const closed: string[] = [];
    let arrive = (_backend: ArtifactBackend): void => undefined;
    const opening = new Promise<ArtifactBackend>((resolve) => {
      arrive = resolve;
    });
    const never = new Promise(() => undefined);
    const reason = new Error('too long');
    for (const loader of [() => never, async () => ({ backendFromUrl: () => opening })]) {
      const controller = new AbortController();
      const common = { signing, audience: 'test', signal: controller.signal };
      const opened = openArtifactStore('x:', { ...common, loaders: { x: loader } });
      setImmediate(() => controller.abort(reason));
      await expect(opened).rejects.toBe(reason);
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    }
    arrive(wrapBackend(memoryBackend(), { close: async () => void closed.push('close') }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toEqual(['close']);
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
