import { spawnSync } from 'node:child_process';
import { appendFile, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { fileSource } from './file.ts';
import { openIn, temporaryDirectory } from './files.test-helper.ts';
import { artifactKeys, collect, content, mebibyte, open, refusal, sha256, state } from './store.test-helper.ts';

const bytes = content(2 * mebibyte + 17);

async function newFile(stored: Uint8Array = bytes): Promise<{ readonly directory: string; readonly path: string }> {
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  await writeFile(path, stored);
  return { directory, path };
}

test.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, bytes.length])(
  'a file of %i bytes is stored as it is, in chunks of at most 1 MiB, and its size is known before',
  async (size) => {
    const { path } = await newFile(bytes.subarray(0, size));
    const { store } = open();

    const source = await fileSource(path);
    const stored = await store.upload('a', source);

    expect(source.size).toBe(size);
    expect([stored.sizeBytes, stored.checksumSha256]).toEqual([size, sha256(bytes.subarray(0, size))]);
    expect(Math.max(0, ...(await collect(source.open())).map(({ length }) => length))).toBe(Math.min(size, mebibyte));
  },
);

test('a file is named by a path or a file: URL, also through a link, and stays the same file in another directory', async () => {
  const { directory, path } = await newFile(content(5));
  await symlink(path, join(directory, 'link'));
  const workingDirectory = process.cwd();
  const url = pathToFileURL(path);

  process.chdir(directory);
  const looking = ['file', './link', path, url].map((given) => fileSource(given));
  process.chdir(workingDirectory);
  url.pathname = '/elsewhere';

  for (const source of await Promise.all(looking))
    expect(Buffer.concat(await collect(source.open()))).toEqual(Buffer.from(content(5)));
});

test('I-19 a file that is too large is refused before it is read', async () => {
  const { directory, path } = await newFile();
  const source = await fileSource(path);
  await rm(directory, { recursive: true });

  expect(await refusal(open({ maxSizeBytes: source.size - 1 }).store.upload('a', source))).toMatchObject({
    code: 'TOO_LARGE',
  });
});

test('chunks stay as they are when more are asked for', async () => {
  const { path } = await newFile();

  const chunks = await collect((await fileSource(path)).open());

  expect(sha256(Buffer.concat(chunks))).toBe(sha256(bytes));
  expect(chunks.map(({ length }) => length)).toEqual([mebibyte, mebibyte, 17]);
});

test('an upload of a file is sent again when the storage fails', async () => {
  const { path } = await newFile();
  const { backend: inner } = open();
  let failures = 2;
  const { backend } = watched(inner, undefined, (_n, call, key) => {
    if (call !== 'write' || !key.startsWith('content/') || failures === 0) return;
    failures -= 1;
    throw new ArtifactError('UNAVAILABLE', 'away');
  });
  const { store } = open({ backend });

  await store.upload('a', await fileSource(path));

  expect(failures).toBe(0);
  expect(sha256(await (await store.download('a')).bytes())).toBe(sha256(bytes));
});

test('I-25 a file is open only while it is read, however reading ends', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux tells what is open');
  const { directory, path } = await newFile();
  const source = await fileSource(path);
  const unread = source.open();
  expect(openIn(directory)).toEqual([]);

  await collect(source.open());
  expect(openIn(directory)).toEqual([]);
  for await (const _ of source.open()) {
    expect(openIn(directory)).toEqual([path]);
    break;
  }
  expect(openIn(directory)).toEqual([]);
  const failing = source.open();
  await failing.next();
  await expect(failing.throw(new Error('enough'))).rejects.toThrow('enough');
  expect(openIn(directory)).toEqual([]);
  await writeFile(path, 'other');
  await refusal(collect(source.open()));
  await refusal(collect(unread));
  await refusal(fileSource(directory));
  expect(openIn(directory)).toEqual([]);
});

test('I-25 an upload that fails half way closes the file', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux tells what is open');
  const { directory, path } = await newFile();
  const reading = (await fileSource(path)).open();

  const error = await refusal(open({ maxSizeBytes: mebibyte }).store.upload('a', { open: () => reading }));
  // The upload told it to close and did not wait; this does.
  await reading.return();

  expect(error.code).toBe('TOO_LARGE');
  expect(openIn(directory)).toEqual([]);
});

const paths: readonly (readonly [what: string, path: unknown, problem: string])[] = [
  ['nothing', undefined, 'path must name a file'],
  ['an empty path', '', 'path must name a file'],
  ['a number', 7, 'path must name a file'],
  ['a path with NUL', 'a\0b', 'path must not contain NUL'],
  ['a URL of the web', new URL('https://example.org/file'), 'path must be a file: URL of this machine, not https:'],
];

test.each(paths)('I-26 %s is refused as a path', async (_what, path, problem) => {
  const error = await refusal(fileSource(path as string));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'path' });
  expect(error.message).toContain(problem);
});

test('I-26 what is no regular file is refused, and a FIFO is not waited for', async () => {
  const { directory, path } = await newFile();
  const fifo = join(directory, 'fifo');
  expect(spawnSync('mkfifo', [fifo]).status).toBe(0);

  const absent = await refusal(fileSource(join(directory, 'absent')));
  expect(absent).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'path', cause: { code: 'ENOENT' } });
  expect(absent.message).toBe(
    `file "${directory}/absent" cannot be read (ENOENT): give a regular file that this process may read`,
  );
  expect(await refusal(fileSource(join(path, 'below')))).toMatchObject({ field: 'path', cause: { code: 'ENOTDIR' } });
  for (const irregular of [directory, fifo, '/dev/null']) {
    const error = await refusal(fileSource(irregular));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'path' });
    expect(error.message).toContain('is not a regular file');
  }
});

test('a file that tells another size than it has is refused instead of stored in part', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux makes such files up');

  // One tells less than it has, the other more.
  for (const path of ['/proc/self/status', '/sys/kernel/mm/transparent_hugepage/enabled']) {
    const { store, backend } = open();
    const source = await fileSource(path);
    const error = await refusal(store.upload('a', { open: () => source.open() }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source', cause: { field: 'path' } });
    expect((error.cause as Error).message).toContain('and has another: copy it first');
    expect(await artifactKeys(backend)).toEqual([]);
  }
});

type Change = (path: string, directory: string) => Promise<void>;

const changes: readonly (readonly [what: string, change: Change, problem: string])[] = [
  ['was replaced', replaceFile, 'is another one than before'],
  ['became longer', (path) => appendFile(path, 'x'), 'was written to'],
  ['became shorter', (path) => truncate(path, 5), 'was written to'],
  ['was written to and kept its size', (path) => utimes(path, 1, 1), 'was written to'],
  ['was removed', (path) => rm(path), 'cannot be read (ENOENT)'],
  ['gave way to a FIFO', replaceByFifo, 'is not a regular file'],
];

async function replaceFile(path: string, directory: string): Promise<void> {
  await writeFile(join(directory, 'other'), bytes);
  await rename(join(directory, 'other'), path);
}

async function replaceByFifo(path: string): Promise<void> {
  await rm(path);
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
}

test.each(changes)(
  'I-7 a file that %s since it was looked at is refused as a source',
  async (_what, change, problem) => {
    const { directory, path } = await newFile();
    const { store, backend } = open();
    await store.upload('a', 'before');
    const before = await state(backend);
    const source = await fileSource(path);

    await change(path, directory);
    const error = await refusal(store.upload('a', source));

    expect(await refusal(source.open().next())).toMatchObject({ field: 'path' });
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'source', retryable: false });
    expect(error.cause).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'path' });
    expect((error.cause as Error).message).toContain(problem);
    expect(await state(backend)).toEqual(before);
  },
);

const changesBeside = changes.filter(([what]) => /longer|shorter|kept/.test(what));

test.each(changesBeside)(
  'I-7 a file that %s while it was read never reaches its end',
  async (_what, change, problem) => {
    const { directory, path } = await newFile();
    const chunks = (await fileSource(path)).open();
    await chunks.next();

    await change(path, directory);
    const error = await refusal(collect(chunks));

    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'path' });
    expect(error.message).toContain(problem);
  },
);

test('a file that is replaced while it is read is read to its end, as it was', async () => {
  const { directory, path } = await newFile();
  const chunks = (await fileSource(path)).open();
  const first = await chunks.next();

  await writeFile(join(directory, 'other'), 'other');
  await rename(join(directory, 'other'), path);

  expect(sha256(Buffer.concat([first.value ?? new Uint8Array(0), ...(await collect(chunks))]))).toBe(sha256(bytes));
});
