import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ArtifactStore, type BackendConfig, hmacKeyring, isArtifactError } from '@artifacts/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { backendFromConfig, backendFromUrl } from './opening.ts';

let folder: string;
const key = crypto.getRandomValues(new Uint8Array(32));
const cwd = process.cwd();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artifacts-opening-'));
});

afterEach(async () => {
  process.chdir(cwd);
  await rm(folder, { recursive: true, force: true });
});

/** What a store on the backend creates below the folder. */
async function createdBy(backend: ReturnType<typeof backendFromUrl>): Promise<string[]> {
  const signing = hmacKeyring({ active: 'k1', keys: { k1: key } });
  const store = new ArtifactStore({ backend, signing, audience: 'test' });
  await store.upload('a', 'content');
  expect(await (await store.download('a')).text()).toBe('content');
  return readdir(folder);
}

function refusalOf(call: () => unknown): { code: string; field: string | undefined; message: string } {
  try {
    call();
  } catch (error) {
    if (!isArtifactError(error)) throw error;
    return { code: error.code, field: error.field, message: error.message };
  }
  throw new Error('it was not refused');
}

describe('a directory opened by URL', () => {
  test('a relative path is below the working directory, with a dot and without', async () => {
    process.chdir(folder);
    expect(await createdBy(backendFromUrl('file:./with-dot'))).toEqual(['with-dot']);
    expect(await createdBy(backendFromUrl('file:plain'))).toEqual(['plain', 'with-dot']);
  });

  test('an absolute path may be written with none, two and three slashes, or as localhost', async () => {
    expect(await createdBy(backendFromUrl(`file:${folder}/a`))).toEqual(['a']);
    expect(await createdBy(backendFromUrl(`file://${folder}/b`))).toEqual(['a', 'b']);
    expect(await createdBy(backendFromUrl(`file://localhost${folder}/c`))).toEqual(['a', 'b', 'c']);
    expect(await createdBy(backendFromUrl(`FILE:${folder}/d`))).toEqual(['a', 'b', 'c', 'd']);
  });

  test('the path is percent-decoded, as Node encodes it', async () => {
    const path = join(folder, 'a b%c#d?e');
    expect(await createdBy(backendFromUrl(pathToFileURL(path).href))).toEqual(['a b%c#d?e']);
  });

  test('parameters are the options of localBackend, and checked as those', () => {
    expect(backendFromUrl('file:./a?durability=process&permissions=group').name).toBe('local');
    expect(refusalOf(() => backendFromUrl('file:./a?durability=none'))).toMatchObject({
      code: 'CONFIGURATION',
      field: 'durability',
    });
  });

  test.each([
    ['file:', 'target', 'names no directory'],
    ['file:?durability=full', 'target', 'names no directory'],
    ['file:./a#b', 'target', 'has a fragment'],
    ['file://server/share', 'target', 'names a host'],
    ['file://server', 'target', 'names a host'],
    ['file:./%zz', 'target', 'is not percent-encoded UTF-8'],
    ['file:./%ff', 'target', 'is not percent-encoded UTF-8'],
    ['file:./a%00b', 'root', 'must not contain NUL'],
    ['file:./a?durabilty=full', 'durabilty', 'has no option "durabilty"'],
    ['file:./a?root=/etc', 'root', 'has no option "root"'],
    ['file:./a?fs=x', 'fs', 'has no option "fs"'],
    ['file:./a?durability=full&durability=process', 'target', 'has a parameter twice'],
  ])('%s is refused, and the error names the field %s', (url, field, problem) => {
    const refusal = refusalOf(() => backendFromUrl(url));
    expect(refusal).toMatchObject({ code: 'CONFIGURATION', field });
    expect(refusal.message).toContain(problem);
  });
});

describe('a directory opened by its members', () => {
  test('they are the options of localBackend', async () => {
    const root = join(folder, 'store');
    expect(await createdBy(backendFromConfig({ backend: 'file', root, durability: 'process' }))).toEqual(['store']);
    expect(await createdBy(backendFromConfig({ backend: 'local', root: pathToFileURL(root) }))).toEqual(['store']);
  });

  test.each<[BackendConfig, string]>([
    [{ backend: 'file' }, 'root'],
    [{ backend: 'file', root: 7 }, 'root'],
    [{ backend: 'file', root: './a', bucket: 'b' }, 'bucket'],
    [{ backend: 'file', root: './a', durability: 'none' }, 'durability'],
  ])('%j is refused, and the error names the field %s', (config, field) => {
    expect(refusalOf(() => backendFromConfig(config))).toMatchObject({ code: 'CONFIGURATION', field });
  });
});
