import { chmod, mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import { keysOf, temporaryDirectory, textAt, tree } from '../test/support/directory.ts';
import { rejection } from '../test/support/rejection.ts';
import { localBackend } from './local-backend.ts';

const bytes = Buffer.from('bytes');
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8);

describe('the root', () => {
  test.each([
    ['root', { root: '' }],
    ['root', { root: 'a\0b' }],
    ['root', { root: 7 }],
    ['root', { root: new URL('https://example.com/a') }],
    ['durability', { root: 'a', durability: 'none' }],
    ['permissions', { root: 'a', permissions: 'all' }],
  ])('a wrong %s is refused at construction, by name', (field, options) => {
    // @ts-expect-error what a JavaScript caller may pass
    expect(() => localBackend(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION', field }));
  });

  test('I-28 constructing, reading, listing, discarding, deleting and checking create nothing', async () => {
    const directory = await temporaryDirectory();
    const backend = localBackend({ root: join(directory, 'a/root') });
    expect(await backend.read('key')).toEqual({ status: 'absent' });
    expect(await keysOf(backend)).toEqual([]);
    await backend.delete('key');
    await backend.discardUnfinished(new Date());
    await backend.check();
    await backend.close();
    expect(await tree(directory)).toEqual([]);
  });

  test('the first write creates it with everything above it, for this user only, whatever the umask', async () => {
    const directory = await temporaryDirectory();
    const backend = localBackend({ root: pathToFileURL(join(directory, 'a/root')) });
    await backend.write('key/below', bytes);
    expect(await tree(directory)).toEqual([
      'a/',
      'a/root/',
      'a/root/locks/',
      'a/root/objects/',
      'a/root/objects/d~key~/',
      'a/root/objects/d~key~/o~below~',
      'a/root/staging/',
    ]);
    for (const path of ['a', 'a/root', 'a/root/objects/d~key~'])
      expect(await modeOf(join(directory, path))).toBe('700');
    expect(await modeOf(join(directory, 'a/root/objects/d~key~/o~below~'))).toBe('600');
  });

  test('with permissions for the group everything is for the group, whatever the umask', async () => {
    const root = join(await temporaryDirectory(), 'root');
    const backend = localBackend({ root, permissions: 'group' });
    await backend.write('key/below', bytes);
    for (const path of ['', 'objects', 'staging', 'locks', 'objects/d~key~']) {
      expect(await modeOf(join(root, path))).toBe('2770');
    }
    expect(await modeOf(join(root, 'objects/d~key~/o~below~'))).toBe('660');
  });

  test.each([
    [0o777, undefined, `chmod o-w`],
    [0o1777, 'group', `chmod o-w`],
    [0o770, undefined, `chmod g-w`],
  ] as const)(
    'a root of mode %o with permissions %s is refused with the command %j',
    async (mode, permissions, repair) => {
      const root = join(await temporaryDirectory(), "it's");
      await mkdir(root);
      await chmod(root, mode);
      const backend = localBackend({ root, permissions });
      const uid = process.getuid?.();
      for (const call of [() => backend.check(), () => backend.read('key'), () => backend.write('key', bytes)]) {
        const { message } = await rejection('CONFIGURATION', call());
        expect(message).toContain(
          `root ${JSON.stringify(root)} (uid ${uid}, mode ${mode.toString(8).padStart(4, '0')})`,
        );
        expect(message).toContain(`${repair} '${root.replace("'", String.raw`'\''`)}'`);
      }
      expect(await tree(root)).toEqual([]);
    },
  );

  test('a group-writable root is accepted where permissions are for the group', async () => {
    const root = join(await temporaryDirectory(), 'root');
    await mkdir(root);
    await chmod(root, 0o770);
    const backend = localBackend({ root, permissions: 'group' });
    await backend.write('key', bytes);
    await backend.check();
  });

  test.each(['root', 'root/below'])('a file in the way of %s is a typed error', async (path) => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'root'), '');
    const backend = localBackend({ root: join(directory, path) });
    for (const call of [() => backend.check(), () => backend.read('key'), () => backend.write('key', bytes)]) {
      await rejection('CONFIGURATION', call());
    }
  });

  test('it may be reached through a symbolic link', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'real'), { mode: 0o700 });
    await symlink('real', join(directory, 'link'));
    const backend = localBackend({ root: join(directory, 'link') });
    await backend.write('key', bytes);
    expect(await textAt(localBackend({ root: join(directory, 'real') }), 'key')).toBe('bytes');
  });

  test('it may be removed under a backend that goes on', async () => {
    const root = join(await temporaryDirectory(), 'root');
    const backend = localBackend({ root });
    await backend.write('key', bytes);
    await rm(root, { recursive: true });
    expect(await backend.read('key')).toEqual({ status: 'absent' });
    expect(await keysOf(backend)).toEqual([]);
    await backend.write('key', bytes);
    await backend.write('key', Buffer.from('again'));
    expect(await textAt(backend, 'key')).toBe('again');
  });
});
