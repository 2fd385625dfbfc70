import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { BackendContext } from './backend-module.ts';
import { loadBackend, type LoadOptions } from './load-backend.ts';
import { memoryBackend } from './memory.ts';
import { refusal } from './store.test-helper.ts';

const secret = 'DONOTSHOWTHIS';
const options: LoadOptions = { loaders: {}, resolveFrom: undefined, env: {}, signal: undefined };
const module = { backendFromUrl: () => memoryBackend() };

/** An application of its own, with the packages that a test puts into it. */
let application: string;

beforeAll(async () => {
  application = await mkdtemp(join(tmpdir(), 'artifacts-application-'));
});

afterAll(async () => {
  await rm(application, { recursive: true, force: true });
});

async function installed(name: string, source: string | undefined, into = application): Promise<void> {
  const folder = join(into, 'node_modules', name);
  await mkdir(folder, { recursive: true });
  const exports = { types: './index.d.ts', default: './index.js' };
  const manifest = { name, version: '1.0.0', type: 'module', exports };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  if (source !== undefined) await writeFile(join(folder, 'index.js'), source);
}

describe('the scheme chooses the module, which is loaded only then', () => {
  test('memory: is in core', async () => {
    expect((await loadBackend('memory:', options)).name).toBe('memory');
    expect((await loadBackend('MEMORY:', options)).name).toBe('memory');
    expect((await loadBackend(new URL('memory:'), options)).name).toBe('memory');
    expect((await loadBackend({ backend: 'memory' }, options)).name).toBe('memory');
  });

  test('a loader is asked for its scheme alone, with the URL as it was given and the context', async () => {
    const asked: unknown[] = [];
    const { signal } = new AbortController();
    const loader = async () => ({
      backendFromUrl: (url: string, context: BackendContext) => {
        asked.push(url, context);
        return Promise.resolve(memoryBackend());
      },
    });
    const other = () => Promise.reject(new Error('nobody asked for it'));
    const env = { ACME_TOKEN: 'x' };
    await loadBackend('Acme://Bucket/A%20b?x=1', { ...options, loaders: { acme: loader, other }, env, signal });
    expect(asked).toEqual(['Acme://Bucket/A%20b?x=1', { env, signal }]);
  });

  test('a loader is asked for members by their backend', async () => {
    const asked: unknown[] = [];
    const acme = async () => ({
      ...module,
      backendFromConfig: (config: object) => {
        asked.push(config);
        return memoryBackend();
      },
    });
    await loadBackend({ backend: 'acme', bucket: 'b' }, { ...options, loaders: { acme } });
    expect(asked).toEqual([{ backend: 'acme', bucket: 'b' }]);
  });

  test('a loader of a known scheme comes before the convention', async () => {
    expect((await loadBackend('s3://b', { ...options, loaders: { s3: async () => module } })).name).toBe('memory');
    const local = async () => ({ ...module, backendFromConfig: () => memoryBackend() });
    expect((await loadBackend({ backend: 'local' }, { ...options, loaders: { local } })).name).toBe('memory');
  });

  test('a CommonJS module that was imported is looked at in its default', async () => {
    expect((await loadBackend('x:', { ...options, loaders: { x: async () => ({ default: module }) } })).name).toBe(
      'memory',
    );
  });
});

describe('file: and s3: are found from the folder of the application', () => {
  const source = (name: string) => `
    export const backendFromUrl = (url) => ({ contract: 1, name: ${JSON.stringify(name)} + ' ' + url });
    export const backendFromConfig = ({ backend }) => ({ contract: 1, name: ${JSON.stringify(name)} + ' ' + backend });
  `;

  test.each(['path', 'URL', 'file: text'])('resolveFrom may be a %s', async (form) => {
    await installed('@artifacts/backend-local', source('local'));
    const url = pathToFileURL(application);
    const resolveFrom = { path: application, URL: url, 'file: text': `${url.href}/` }[form];
    expect((await loadBackend('file:./x', { ...options, resolveFrom })).name).toBe('local file:./x');
    const byName = await loadBackend({ backend: 'local', root: './x' }, { ...options, resolveFrom });
    expect(byName.name).toBe('local local');
  });

  test('a package that is not installed is refused with the command that installs it', async () => {
    // Without its files it is as good as none. Leaving it out would not do: pnpm shows the workspace's own to what it starts, by NODE_PATH.
    const bare = join(application, 'bare');
    await installed('@artifacts/backend-s3', undefined, bare);
    const error = await refusal(loadBackend(`s3://key:${secret}@bucket`, { ...options, resolveFrom: bare }));
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'backend', expected: '@artifacts/backend-s3' });
    expect(error.message).toBe(
      'the package @artifacts/backend-s3 is not installed where the application is: npm install @artifacts/backend-s3 @aws-sdk/client-s3 (or say where with resolveFrom)',
    );
  });

  test('a package that has no way in for us is told apart, with its cause', async () => {
    // An application of its own: Node remembers that a package was not there.
    const resolveFrom = join(application, 'other');
    const folder = join(resolveFrom, 'node_modules', '@artifacts/backend-s3');
    await mkdir(folder, { recursive: true });
    const manifest = { name: '@artifacts/backend-s3', exports: { './other': './other.js' } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    const error = await refusal(loadBackend('s3://bucket', { ...options, resolveFrom }));
    expect(error.message).toContain('could not be loaded');
    expect(error.cause).toMatchObject({ code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
  });

  test('nothing is loaded from the folder that a program only works on', async () => {
    await installed('@artifacts/backend-local', source('planted'));
    const before = process.cwd();
    process.chdir(application);
    try {
      const found = await loadBackend('file:./x', options).catch((error: unknown) => error);
      expect(found).not.toMatchObject({ name: 'planted file:./x' });
    } finally {
      process.chdir(before);
    }
  });

  test('a package that fails when it is loaded is told apart, with its cause', async () => {
    await installed('@artifacts/backend-s3', "import 'something-that-is-missing';");
    const error = await refusal(loadBackend('s3://bucket', { ...options, resolveFrom: application }));
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'backend' });
    expect(error.message).toContain('could not be loaded');
    expect(error.cause).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
  });
});

describe('what is wrong is refused with its field, and the address is not shown', () => {
  const given = (loader: unknown) => ({ ...options, loaders: { x: loader as () => Promise<unknown> } });

  test.each<[string, unknown, LoadOptions, string, string]>([
    ['no scheme', `./${secret}`, options, 'target', 'is no URL'],
    ['an empty address', '', options, 'target', 'is no URL'],
    ['no address at all', undefined, options, 'target', 'is neither a URL nor an object'],
    ['a number', 7, options, 'target', 'is neither a URL nor an object'],
    ['members without a backend', { bucket: secret }, options, 'target', 'is neither a URL nor an object'],
    ['an unknown scheme', `gcs://${secret}`, options, 'target', 'loaders: { "gcs": () => import(\'...\') }'],
    ['an unknown backend', { backend: 'gcs' }, options, 'target', 'has the scheme "gcs"'],
    ['a name of every object', { backend: 'constructor' }, options, 'target', 'has the scheme "constructor"'],
    ['more of memory', `memory:${secret}`, options, 'target', 'has no address'],
    ['members of memory', { backend: 'memory', size: 1 }, options, 'size', 'has no option "size"'],
    [
      'a scheme in capitals',
      `x:${secret}`,
      { ...options, loaders: { GCS: async () => module } },
      'loaders',
      'in lower case',
    ],
    ['no loaders', `x:${secret}`, { ...options, loaders: null as never }, 'loaders', 'functions by scheme'],
    [
      'a number to resolve from',
      `file:${secret}`,
      { ...options, resolveFrom: 5 as never },
      'resolveFrom',
      'is no folder',
    ],
    [
      'a web page to resolve from',
      `file:${secret}`,
      { ...options, resolveFrom: new URL('http://x/') },
      'resolveFrom',
      'is no folder',
    ],
    ['a loader that is no function', `x:${secret}`, given('pkg'), 'backend', 'is not a function'],
    [
      'a module without the export',
      `x:${secret}`,
      given(async () => ({})),
      'backend',
      'exports no function backendFromUrl',
    ],
    [
      'a module that is nothing',
      `x:${secret}`,
      given(async () => undefined),
      'backend',
      'exports no function backendFromUrl',
    ],
    [
      'a module that gives nothing',
      `x:${secret}`,
      given(async () => ({ backendFromUrl: () => undefined })),
      'backend',
      'gave no backend',
    ],
    ['members for a module of URLs', { backend: 'x', key: secret }, given(async () => module), 'backend', 'give a URL'],
  ])('%s', async (_, target, loadOptions, field, problem) => {
    const error = await refusal(loadBackend(target as string, loadOptions));
    expect(error).toMatchObject({ code: 'CONFIGURATION', field });
    expect(error.message).toContain(problem);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(secret);
  });

  test('a loader that fails is told with its cause', async () => {
    const cause = new Error('no such package');
    const error = await refusal(
      loadBackend(
        'x:',
        given(() => Promise.reject(cause)),
      ),
    );
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'backend', cause });
  });

  test('I-25 an abort ends the opening with its reason, before a module is loaded and after', async () => {
    const before = AbortSignal.abort(new Error('before'));
    const never = () => Promise.reject(new Error('it was loaded'));
    await expect(loadBackend('x:', { ...given(never), signal: before })).rejects.toThrow('before');
    const controller = new AbortController();
    const aborting = async () => {
      controller.abort(new Error('meanwhile'));
      return module;
    };
    await expect(loadBackend('x:', { ...given(aborting), signal: controller.signal })).rejects.toThrow('meanwhile');
  });
});
