import { mkdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { keysOf, temporaryDirectory } from '../test/support/directory.ts';
import { nodeFileSystem } from './filesystem.ts';
import { localBackend } from './local-backend.ts';

const empty = new Uint8Array();
const long = 'x'.repeat(200);
const keys = [
  'a',
  'a-b',
  'a.b',
  'a/b',
  'a/b-',
  'a/b/c',
  'a0',
  long,
  `${long}-`,
  `${long}/y`,
  `${long}/y/${long}/z`,
  `${long}0`,
  `${long}${long}`,
  `${long}${long}/z`,
  `${long.slice(1)}y`,
].toSorted();

test('a listing gives the byte order of keys from any prefix and any start, with names that are cut', async () => {
  const backend = localBackend({ root: await temporaryDirectory(), durability: 'process' });
  for (const key of keys) await backend.write(key, empty);
  const start = fc
    .tuple(fc.constantFrom(...keys), fc.nat(410), fc.constantFrom('', '-', '/', '0', 'y'))
    .map(([key, cut, end]) => key.slice(0, cut) + end);
  await fc.assert(
    fc.asyncProperty(start, fc.option(start, { nil: undefined }), async (prefix, after) => {
      const expected = keys.filter((key) => key.startsWith(prefix) && (after === undefined || key > after));
      expect(await keysOf(backend, prefix, after)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('a listing reads only the directories that can hold what it is asked for', async () => {
  const root = await temporaryDirectory();
  const read: string[] = [];
  const fs = {
    readdir(path: string) {
      read.push(path.slice(root.length + '/objects'.length));
      return nodeFileSystem.readdir(path);
    },
  };
  const backend = localBackend({ root, fs });
  for (const key of ['a/1/x', 'a/2/x', 'a/3/x', 'b/1/x']) await backend.write(key, empty);
  expect(await keysOf(backend, 'a/', 'a/2')).toEqual(['a/2/x', 'a/3/x']);
  expect(read).toEqual(['/d~a~', '/d~a~/d~2~', '/d~a~/d~3~']);
  read.length = 0;
  expect(await keysOf(backend, 'a/2/x')).toEqual(['a/2/x']);
  expect(read).toEqual(['/d~a~/d~2~']);
});

test('the first objects of a large directory cost no look at the others', async () => {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'objects'));
  for (let index = 0; index < 500; index += 1) await writeFile(join(root, 'objects', `o~${1000 + index}~`), '');
  let looks = 0;
  const lstat = (path: string) => {
    looks += 1;
    return nodeFileSystem.lstat(path);
  };
  const backend = localBackend({ root, fs: { lstat } });
  const first: string[] = [];
  for await (const { key } of backend.list({ prefix: '' })) {
    first.push(key);
    if (first.length === 3) break;
  }
  expect(first).toEqual(['1000', '1001', '1002']);
  expect(looks).toBeLessThan(25);
});

test('what vanishes during a listing is left out, a directory too', async () => {
  const root = await temporaryDirectory();
  const backend = localBackend({ root });
  for (let index = 0; index < 40; index += 1) await backend.write(`k${100 + index}`, empty);
  await backend.write('z/last', empty);
  const seen: string[] = [];
  for await (const { key } of backend.list({ prefix: '' })) {
    if (seen.length === 0) {
      await unlink(join(root, 'objects/o~k139~'));
      await backend.delete('z/last');
    }
    seen.push(key);
  }
  expect(seen).toEqual(Array.from({ length: 39 }, (_, index) => `k${100 + index}`));
});
