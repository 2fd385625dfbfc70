import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, rmdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ArtifactBackend } from '@artifacts/core';
import { describe, expect, onTestFinished, test } from 'vitest';

import { keysOf, temporaryDirectory, textAt } from '../test/support/directory.ts';
import { rejection } from '../test/support/rejection.ts';
import { nodeFileSystem } from './filesystem.ts';
import { localBackend } from './local-backend.ts';
import { pathOf } from './names.ts';

const bytes = Buffer.from('bytes');

interface Planted {
  readonly backend: ArtifactBackend;
  /** Where the objects are. */
  readonly objects: string;
  /** A directory elsewhere, into which links lead. */
  readonly elsewhere: string;
}

async function store(): Promise<Planted> {
  const directory = await temporaryDirectory();
  const backend = localBackend({ root: join(directory, 'root') });
  await backend.write('dir/good', bytes);
  await backend.write('dir/other/good', bytes);
  await mkdir(join(directory, 'elsewhere'));
  await writeFile(join(directory, 'elsewhere', 'o~bad~'), 'foreign');
  return { backend, objects: join(directory, 'root/objects'), elsewhere: join(directory, 'elsewhere') };
}

async function expectIntegrity(call: () => Promise<unknown>): Promise<void> {
  await rejection('INTEGRITY', call());
}

const plants: Record<string, (path: string, elsewhere: string) => Promise<void>> = {
  'a symbolic link': (path, elsewhere) => symlink(join(elsewhere, 'o~bad~'), path),
  'a symbolic link that leads nowhere': (path) => symlink('nowhere', path),
  'a directory': (path) => mkdir(path).then(() => undefined),
  'a FIFO': async (path) => void execFileSync('mkfifo', [path]),
  'a socket': async (path) => {
    // The path of a socket may have 107 bytes.
    const short = await mkdtemp(join(tmpdir(), 's-'));
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(short, 's'), resolve);
    });
    await rename(join(short, 's'), path);
    onTestFinished(async () => {
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await rm(short, { recursive: true });
    });
  },
  // Only root can make one.
  ...(process.getuid?.() === 0 && {
    'a device': async (path: string) => void execFileSync('mknod', [path, 'c', '1', '5']),
  }),
};

describe('I-1 in the place of an object', () => {
  test.for(Object.keys(plants))('%s is listed, and refused by reads and writes', async (kind) => {
    const { backend, objects, elsewhere } = await store();
    const path = join(objects, pathOf('dir/bad'));
    await plants[kind]?.(path, elsewhere);
    await expectIntegrity(() => backend.read('dir/bad'));
    await expectIntegrity(() => backend.write('dir/bad', bytes));
    for (const condition of [{ absent: true }, { version: 'other' }] as const) {
      await rejection('PRECONDITION_FAILED', backend.write('dir/bad', bytes, { condition }));
    }
    expect(await keysOf(backend)).toEqual(['dir/bad', 'dir/good', 'dir/other/good']);
    expect(await textAt(backend, 'dir/good')).toBe('bytes');
    expect(await readdir(elsewhere)).toEqual(['o~bad~']);
    // Deleting removes the thing itself, never what it leads to; a directory may hold something.
    if (kind === 'a directory') {
      await expectIntegrity(() => backend.delete('dir/bad'));
      await rmdir(path);
    }
    await backend.delete('dir/bad');
    await backend.write('dir/bad', bytes);
    expect(await textAt(backend, 'dir/bad')).toBe('bytes');
    expect(await readdir(elsewhere)).toEqual(['o~bad~']);
  });
});

test('I-1 a socket is refused where opening one fails as it does on macOS', async () => {
  const { objects } = await store();
  const open = async (): Promise<never> => {
    throw Object.assign(new Error('EOPNOTSUPP'), { code: 'EOPNOTSUPP', syscall: 'open' });
  };
  await expectIntegrity(() => localBackend({ root: join(objects, '..'), fs: { open } }).read('dir/good'));
});

describe('I-1 in the place of a directory', () => {
  test.each(['dir', 'dir/other'])(
    'a symbolic link at %s is refused by every call, and nothing gets behind it',
    async (at) => {
      const { backend, objects, elsewhere } = await store();
      const path = join(objects, ...at.split('/').map((segment) => `d~${segment}~`));
      await rename(path, join(elsewhere, 'moved'));
      await symlink(join(elsewhere, 'moved'), path);
      const before = await readdir(elsewhere, { recursive: true });
      // Also by a backend that has used the directory before.
      for (const each of [backend, localBackend({ root: join(objects, '..') })]) {
        for (const key of [`${at}/good`, `${at}/new`, `${at}/new/below`]) {
          await expectIntegrity(() => each.read(key));
          await expectIntegrity(() => each.write(key, bytes));
          await expectIntegrity(() => each.write(key, bytes, { condition: { absent: true } }));
          await expectIntegrity(() => each.delete(key));
        }
        await expectIntegrity(() => keysOf(each, `${at}/`));
        await expectIntegrity(() => keysOf(each));
      }
      expect(await readdir(elsewhere, { recursive: true })).toEqual(before);
    },
  );

  test.each([
    ['a symbolic link that leads nowhere', (path: string) => symlink('nowhere', path)],
    ['a file', (path: string) => writeFile(path, '')],
    ['a FIFO', async (path: string) => void execFileSync('mkfifo', [path])],
  ])('%s is refused by every call, and is not taken for absence', async (_kind, plant) => {
    const { backend, objects } = await store();
    await plant(join(objects, 'd~bad~'));
    for (const key of ['bad/key', 'bad/deep/key', 'bad/far/deeper/key']) {
      await expectIntegrity(() => backend.read(key));
      await expectIntegrity(() => backend.delete(key));
      await expectIntegrity(() => backend.write(key, bytes));
      await expectIntegrity(() => backend.write(key, bytes, { condition: { absent: true } }));
    }
    for (const prefix of ['', 'b', 'bad/', 'bad/deep', 'bad/deep/'])
      await expectIntegrity(() => keysOf(backend, prefix));
    expect(await keysOf(backend, 'dir/')).toEqual(['dir/good', 'dir/other/good']);
  });

  test('a directory that became a file while it was listed is not taken for an empty one', async () => {
    const { objects } = await store();
    const replaced = async (path: string): Promise<string[]> => {
      if (!path.endsWith('d~dir~')) return nodeFileSystem.readdir(path);
      throw Object.assign(new Error('ENOTDIR'), { code: 'ENOTDIR', syscall: 'scandir' });
    };
    await expectIntegrity(() => keysOf(localBackend({ root: join(objects, '..'), fs: { readdir: replaced } })));
  });

  test('a directory that is there costs a read no look, one that is not there one', async () => {
    const { objects } = await store();
    let looks = 0;
    const lstat = (path: string) => {
      if (path.startsWith(objects)) looks += 1;
      return nodeFileSystem.lstat(path);
    };
    const backend = localBackend({ root: join(objects, '..'), fs: { lstat } });
    expect(await textAt(backend, 'dir/good')).toBe('bytes');
    expect(await textAt(backend, 'dir/absent')).toBeUndefined();
    expect(looks).toBe(0);
    expect(await textAt(backend, 'dir/absent/absent')).toBeUndefined();
    expect(looks).toBe(1);
  });

  test('a listing gives every good object before it reports one that is no directory', async () => {
    const { backend, objects } = await store();
    await backend.write('z', bytes);
    await writeFile(join(objects, 'd~bad~'), '');
    const keys: string[] = [];
    await expectIntegrity(async () => {
      for await (const { key } of backend.list({ prefix: '' })) keys.push(key);
    });
    expect(keys).toEqual(['dir/good', 'dir/other/good', 'z']);
  });
});

test.each(['objects', 'staging', 'locks'])('a symbolic link instead of %s is refused by writes', async (name) => {
  const { objects, elsewhere } = await store();
  const root = join(objects, '..');
  const backend = localBackend({ root });
  await rm(join(root, name), { recursive: true });
  await symlink(elsewhere, join(root, name));
  await Promise.allSettled([backend.read('key')]);
  await expectIntegrity(() => backend.write('key', bytes));
  expect(await readdir(elsewhere)).toEqual(['o~bad~']);
});

test('I-1 an object that is cut short while it is read ends with INTEGRITY', async () => {
  const { backend, objects } = await store();
  const size = 5 * 1024 * 1024;
  await backend.write('large', new Uint8Array(size));
  const result = await backend.read('large');
  if (result.status !== 'found') throw new Error(result.status);
  let read = 0;
  await expectIntegrity(async () => {
    for await (const chunk of result.body) {
      read += chunk.length;
      await truncate(join(objects, 'o~large~'), 3 * 1024 * 1024 + 5);
    }
  });
  expect(read).toBe(3 * 1024 * 1024);
});

test('foreign files are in no listing', async () => {
  const { backend, objects } = await store();
  for (const name of ['.DS_Store', 'o~CAPITAL~', 'o~~', 'o~.~', 'o~..~', 'o~a', 'notes.txt', `o~${'x'.repeat(200)}~`]) {
    await writeFile(join(objects, name), '');
    await writeFile(join(objects, 'd~dir~', name), '');
  }
  for (const name of ['lost+found', 'd~~', 'd~..~', 'c~short~']) {
    await mkdir(join(objects, name));
    await writeFile(join(objects, name, 'o~x~'), '');
  }
  expect(await keysOf(backend)).toEqual(['dir/good', 'dir/other/good']);
});
