import { chmod, chown, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import { keysOf, temporaryDirectory, textAt, tree } from '../test/support/directory.ts';
import { rejection } from '../test/support/rejection.ts';
import { type FileSystem, nodeFileSystem } from './filesystem.ts';
import { localBackend } from './local-backend.ts';

const bytes = Buffer.from('bytes');
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8);

/** Any for root, one of its own for another user: the last differs from the first where there are several. */
function anotherGroup(): number {
  return process.getuid?.() === 0 ? 12345 : (process.getgroups?.().at(-1) ?? 0);
}

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
    [0o770, 'group', `chmod g+s`],
    [0o750, 'group', `chmod g+s`],
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
    await chmod(root, 0o2770);
    const backend = localBackend({ root, permissions: 'group' });
    await backend.write('key', bytes);
    await backend.check();
  });

  test('with permissions for the group everything belongs to the group of the root', async () => {
    const root = join(await temporaryDirectory(), 'root');
    await mkdir(root);
    const group = anotherGroup();
    await chown(root, -1, group);
    await chmod(root, 0o2770);
    await localBackend({ root, permissions: 'group' }).write('key/below', bytes);
    for (const path of await tree(root)) expect((await stat(join(root, path))).gid).toBe(group);
  });

  test('one for the group that many make at once is refused by none of them', async () => {
    const directory = await temporaryDirectory();
    const root = join(directory, 'root');
    const backends = Array.from({ length: 8 }, () => localBackend({ root, permissions: 'group' }));
    await Promise.all(backends.map((backend, index) => backend.write(`key${index}`, bytes)));
    expect(await keysOf(localBackend({ root, permissions: 'group' }))).toEqual(
      backends.map((_, index) => `key${index}`),
    );
    expect(await readdir(directory)).toEqual(['root']);
  });

  test('one for the group is never seen without its rights', async () => {
    const root = join(await temporaryDirectory(), 'a/root');
    const seen: string[] = [];
    const chmodSeen = async (path: string, mode: number): Promise<void> => {
      const [look] = await Promise.allSettled([localBackend({ root, permissions: 'group' }).read('key')]);
      seen.push(look.status);
      await nodeFileSystem.chmod(path, mode);
    };
    await localBackend({ root, permissions: 'group', fs: { chmod: chmodSeen } }).write('key', bytes);
    expect(new Set(seen)).toEqual(new Set(['fulfilled']));
  });

  test.each(['objects', 'objects/d~key~'])(
    'rights for the group that a dead process did not come to give to %s are given by the next write',
    async (path) => {
      const root = join(await temporaryDirectory(), 'root');
      const backend = localBackend({ root, permissions: 'group' });
      await backend.write('key/below', bytes);
      await chmod(join(root, path), 0o700);
      await localBackend({ root, permissions: 'group' }).write('key/beside', bytes);
      expect(await modeOf(join(root, path))).toBe('2770');
    },
  );

  test('rights for the group are given to the directories above a new one, too', async () => {
    const root = join(await temporaryDirectory(), 'root');
    const backend = localBackend({ root, permissions: 'group' });
    await backend.write('key/below', bytes);
    await chmod(join(root, 'objects/d~key~'), 0o700);
    await backend.write('key/new/below', bytes);
    expect(await modeOf(join(root, 'objects/d~key~'))).toBe('2770');
  });

  describe('I-9 made by another process', () => {
    test('it is made durable above it once, before the first write is acknowledged', async () => {
      const root = join(await temporaryDirectory(), 'root');
      await localBackend({ root }).write('key', bytes);
      let syncs = 0;
      const open: FileSystem['open'] = (path, flags, mode) => {
        if (path === dirname(root)) syncs += 1;
        return nodeFileSystem.open(path, flags, mode);
      };
      const backend = localBackend({ root, fs: { open } });
      await backend.write('key', bytes);
      expect(syncs).toBe(1);
      await backend.write('key', bytes);
      expect(syncs).toBe(1);
      await localBackend({ root, fs: { open }, durability: 'process' }).write('key', bytes);
      expect(syncs).toBe(1);
    });

    test.each([
      ['EACCES', 'fulfilled'],
      ['EPERM', 'fulfilled'],
      ['EIO', 'rejected'],
    ])('%s above it has the write %s', async (code, status) => {
      const root = join(await temporaryDirectory(), 'root');
      await localBackend({ root }).write('key', bytes);
      const open: FileSystem['open'] = async (path, flags, mode) => {
        if (path === dirname(root)) throw Object.assign(new Error(code), { code, syscall: 'open' });
        return nodeFileSystem.open(path, flags, mode);
      };
      const [outcome] = await Promise.allSettled([localBackend({ root, fs: { open } }).write('key', bytes)]);
      expect(outcome.status).toBe(status);
    });
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
