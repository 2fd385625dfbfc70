import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import { isArtifactError } from './errors.ts';
import { saveTo } from './file.ts';
import { namesIn, openIn, temporaryDirectory } from './files.test-helper.ts';
import { collect, content, flip, mebibyte, onlyKey, open, refusal, sha256, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* failing(error: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from('first');
  throw error;
}

test('a download is saved whole, and its size is told', async () => {
  const directory = await temporaryDirectory();
  const { store } = open();
  const bytes = content(3 * mebibyte + 5);
  await store.upload('a', bytes);

  const saved = await saveTo(await store.download('a'), join(directory, 'file'));

  expect(saved).toEqual({ sizeBytes: bytes.length });
  expect(sha256(await readFile(join(directory, 'file')))).toBe(sha256(bytes));
  expect(await namesIn(directory)).toEqual(['file']);
});

test('a path may be relative or a file: URL, and a file may be empty', async () => {
  const directory = await temporaryDirectory();
  const workingDirectory = process.cwd();

  process.chdir(directory);
  const relative = saveTo(chunks('relative'), 'a');
  process.chdir(workingDirectory);
  await relative;
  await saveTo(chunks('url'), pathToFileURL(join(directory, 'b')));

  expect(await saveTo(chunks(), join(directory, 'c'))).toEqual({ sizeBytes: 0 });
  const saved = await Promise.all(['a', 'b', 'c'].map((name) => readFile(join(directory, name), 'utf8')));
  expect(saved).toEqual(['relative', 'url', '']);
});

test('the mode is less the umask, and that of a replaced file is not kept', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  const mask = process.umask(0o027);
  onTestFinished(() => void process.umask(mask));

  const modes: number[] = [];
  for (const options of [{}, { mode: 0o600 }, { mode: 0o777 }]) {
    await saveTo(chunks('x'), path, options);
    modes.push((await stat(path)).mode & 0o777);
  }

  expect(modes).toEqual([0o640, 0o600, 0o750]);
});

test('a symbolic link is replaced, and what it leads to is not touched', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'precious'), 'precious');
  await symlink('precious', join(directory, 'link'));
  await symlink('nowhere', join(directory, 'dangling'));

  for (const name of ['link', 'dangling']) {
    const path = join(directory, name);
    expect(await refusal(saveTo(chunks('new'), path, { overwrite: false }))).toMatchObject({ code: 'ALREADY_EXISTS' });
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    await saveTo(chunks('new'), path);
    expect((await lstat(path)).isFile()).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('new');
  }

  expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('precious');
  expect(await namesIn(directory)).toEqual(['dangling', 'link', 'precious']);
});

test('without overwrite a file that is there stays, and the download is not read', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  let read = false;
  const download = (async function* () {
    read = true;
    yield Buffer.from('new');
  })();

  expect(await saveTo(chunks('first'), path, { overwrite: false })).toEqual({ sizeBytes: 5 });
  const error = await refusal(saveTo(download, path, { overwrite: false }));

  expect(error).toMatchObject({ code: 'ALREADY_EXISTS', retryable: false });
  expect(read).toBe(false);
  expect(await readFile(path, 'utf8')).toBe('first');
  expect(await namesIn(directory)).toEqual(['file']);
});

test('I-13 without overwrite a file that comes while the download is read stays, too', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  const download = (async function* () {
    yield Buffer.from('ours');
    await writeFile(path, 'theirs');
  })();

  expect(await refusal(saveTo(download, path, { overwrite: false }))).toMatchObject({
    code: 'ALREADY_EXISTS',
    cause: { code: 'EEXIST' },
  });

  expect(await readFile(path, 'utf8')).toBe('theirs');
  expect(await namesIn(directory)).toEqual(['file']);
});

test('I-13 of many that save to one path without overwrite exactly one succeeds', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  const texts = Array.from({ length: 20 }, (_, n) => `text ${n}`);

  const outcomes = await Promise.allSettled(texts.map((text) => saveTo(chunks(text), path, { overwrite: false })));

  const won = texts.filter((_, n) => outcomes[n]?.status === 'fulfilled');
  const lost = outcomes
    .filter(({ status }) => status === 'rejected')
    .map((outcome) => (outcome as PromiseRejectedResult).reason as unknown);
  expect(lost.map((error) => isArtifactError(error, 'ALREADY_EXISTS'))).toEqual(Array.from({ length: 19 }, () => true));
  expect(won).toEqual([await readFile(path, 'utf8')]);
  expect(await namesIn(directory)).toEqual(['file']);
});

test('I-6 whoever reads the path meanwhile sees the old file or the new one, whole', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  await writeFile(path, 'old');
  const seen: string[] = [];
  const download = (async function* () {
    for (const text of ['n', 'e', 'w']) {
      yield Buffer.from(text);
      seen.push(await readFile(path, 'utf8'));
    }
  })();

  await saveTo(download, path);

  expect(seen).toEqual(['old', 'old', 'old']);
  expect(await readFile(path, 'utf8')).toBe('new');
});

test('I-1 a download that fails its integrity check half way leaves what was there', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  const { store, backend } = open();
  await store.upload('a', content(3 * mebibyte));
  await flip(backend, await onlyKey(backend, 'content/'), 2 * mebibyte * 8);
  await writeFile(path, 'before');

  for (const target of [path, join(directory, 'other')])
    expect(await refusal(saveTo(await store.download('a'), target))).toMatchObject({
      code: 'INTEGRITY',
      artifactId: 'a',
    });

  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await namesIn(directory)).toEqual(['file']);
});

test('what a download throws is passed on as it is, also when it looks like a failure of the file system', async () => {
  const directory = await temporaryDirectory();
  const thrown: unknown = await stat(join(directory, 'absent')).catch((error: unknown) => error);

  for (const error of [thrown, new Error('enough')])
    await expect(saveTo(failing(error), join(directory, 'file'))).rejects.toBe(error);

  expect(await namesIn(directory)).toEqual([]);
});

const odd: readonly (readonly [what: string, download: unknown, path: unknown, options: object, field: string])[] = [
  ['a download that cannot be iterated', { stream: () => undefined }, 'x', {}, 'download'],
  ['no download', undefined, 'x', {}, 'download'],
  ['no path', chunks('x'), undefined, {}, 'path'],
  ['an empty path', chunks('x'), '', {}, 'path'],
  ['an overwrite that is no boolean', chunks('x'), 'x', { overwrite: 'no' }, 'overwrite'],
  ['a mode with more than permissions', chunks('x'), 'x', { mode: 0o1777 }, 'mode'],
  ['a mode in words', chunks('x'), 'x', { mode: '0644' }, 'mode'],
];

test.each(odd)('I-26 %s is refused before anything is done', async (_what, download, path, options, field) => {
  const error = await refusal(saveTo(download as never, path as string, options));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field });
});

test('I-26 a chunk that is no Uint8Array is refused by name', async () => {
  const directory = await temporaryDirectory();
  const download = (async function* () {
    yield 'text';
  })();

  const error = await refusal(saveTo(download as never, join(directory, 'file')));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'download' });
  expect(await namesIn(directory)).toEqual([]);
});

test('I-26 a path where no file can be is refused before the download is read', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'file'), 'x');
  await mkdir(join(directory, 'directory'));
  expect(spawnSync('mkfifo', [join(directory, 'fifo')]).status).toBe(0);
  const unread = failing(new Error('it was read'));
  const problemOf = async (path: string): Promise<string> => {
    const error = await refusal(saveTo(unread, join(directory, path)));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'path', retryable: false });
    return error.message;
  };

  expect(await problemOf('absent/file')).toBe(
    `could not save to "${directory}/absent/file": its directory does not exist, create it first (ENOENT)`,
  );
  expect(await problemOf('file/below')).toContain('something on its path is not a directory (ENOTDIR)');
  expect(await problemOf('x'.repeat(256))).toContain('its path is too long here (ENAMETOOLONG)');
  for (const path of ['directory', 'directory/', 'fifo'])
    expect(await problemOf(path)).toContain('what is there is no regular file');
  expect(await namesIn(directory)).toEqual(['directory', 'fifo', 'file']);
});

test('a directory in which this process may not write is ACCESS_DENIED', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux has a directory in which even root may not create a file');

  const error = await refusal(saveTo(chunks('x'), '/sys/artifact'));

  expect(error.code).toBe('ACCESS_DENIED');
  expect(error.message).toMatch(/^could not save to "\/sys\/artifact": the .* \((EACCES|EPERM|EROFS)\)$/);
});

test('I-25 an abort ends it at once, also while the download stalls, and leaves what was there', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  await writeFile(path, 'before');
  const reason = new Error('enough');
  const early = AbortSignal.abort(reason);
  const unread = failing(new Error('it was read'));
  const controller = new AbortController();
  const download = (async function* () {
    yield Buffer.from('first');
    setImmediate(() => controller.abort(reason));
    await stalled();
  })();

  await expect(saveTo(unread, join(directory, 'absent', 'file'), { signal: early })).rejects.toBe(reason);
  expect((await unread.next()).value).toEqual(Buffer.from('first'));
  await expect(saveTo(download, path, { signal: controller.signal })).rejects.toBe(reason);

  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await namesIn(directory)).toEqual(['file']);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test.each([
  ['at the end of the download', (abort: () => void) => abort()],
  ['while the file goes to the disk', (abort: () => void) => void setImmediate(abort)],
])('I-25 an abort %s leaves what was there', async (_when, then) => {
  const directory = await temporaryDirectory();
  const reason = new Error('enough');
  const controller = new AbortController();
  const download = (async function* () {
    yield Buffer.from('all');
    then(() => controller.abort(reason));
  })();

  await expect(saveTo(download, join(directory, 'file'), { signal: controller.signal })).rejects.toBe(reason);

  expect(await namesIn(directory)).toEqual([]);
});

test('I-25 an abort closes a download while it stalls: its body is given up, a stream is destroyed or cancelled', async () => {
  const directory = await temporaryDirectory();
  const { store, backend: inner } = open();
  await store.upload('a', content(100_000));
  const controllers = new Map<unknown, AbortController>();
  const ended: string[] = [];
  const stall = (download: unknown): Promise<never> => {
    setImmediate(() => controllers.get(download)?.abort(new Error('enough')));
    return stalled();
  };
  const backend = wrapBackend(inner, {
    async read(key, options) {
      const result = await inner.read(key, options);
      if (result.status !== 'found' || !key.startsWith('content/')) return result;
      const iterator = {
        next: () => {
          options?.signal?.addEventListener('abort', () => ended.push('signal'));
          return stall(download);
        },
        return: async () => {
          ended.push('body');
          return { done: true as const, value: undefined };
        },
      };
      return { ...result, body: { [Symbol.asyncIterator]: () => iterator } };
    },
  });
  const download = await open({ backend }).store.download('a');
  const readable = new Readable({
    read: () => void stall(readable),
    destroy(_error, done) {
      ended.push('readable');
      done(null);
    },
  });
  const web: ReadableStream<Uint8Array> = new ReadableStream(
    { pull: (): Promise<void> => stall(web), cancel: () => void ended.push('web stream') },
    { highWaterMark: 0 },
  );
  const iterable: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => stall(iterable),
      return: async () => {
        ended.push('iterator');
        return { done: true, value: undefined };
      },
    }),
  };

  for (const each of [download, readable, web, iterable]) {
    const controller = new AbortController();
    controllers.set(each, controller);
    await expect(saveTo(each, join(directory, 'file'), { signal: controller.signal })).rejects.toThrow('enough');
    await new Promise(setImmediate);
  }

  expect(ended.toSorted()).toEqual(['body', 'iterator', 'readable', 'signal', 'web stream']);
  expect(await namesIn(directory)).toEqual([]);
});

test('a download is closed when saving it fails on the way, and stays open when saving is refused before', async () => {
  const directory = await temporaryDirectory();
  const readable = Readable.from(['text', 'more']);
  const untouched = Readable.from([Buffer.from('x')]);

  expect(await refusal(saveTo(untouched, join(directory, 'absent', 'file')))).toMatchObject({ field: 'path' });
  expect(await refusal(saveTo(readable, join(directory, 'file')))).toMatchObject({ field: 'download' });

  expect([readable.destroyed, untouched.destroyed]).toEqual([true, false]);
});

test('an iterator that came to its end is not told to leave', async () => {
  const directory = await temporaryDirectory();
  const asked: string[] = [];
  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => {
      asked.push('next');
      return { done: true, value: undefined };
    },
    return: async () => {
      asked.push('return');
      return { done: true, value: undefined };
    },
  };

  await saveTo({ [Symbol.asyncIterator]: () => iterator }, join(directory, 'file'));

  expect(asked).toEqual(['next']);
});

test('a stream that fails before it is read is a failure of the download, and ends no process', async () => {
  const directory = await temporaryDirectory();
  const readable = new Readable({ read: () => undefined });
  const gone = new Error('the connection is gone');

  const saving = saveTo(readable, join(directory, 'file'));
  readable.destroy(gone);

  await expect(saving).rejects.toBe(gone);
  expect(await namesIn(directory)).toEqual([]);
});

test('I-26 a stream that was read before is refused instead of saved as an empty file', async () => {
  const directory = await temporaryDirectory();
  const readable = Readable.from([Buffer.from('x')]);
  await collect(readable);

  const error = await refusal(saveTo(readable, join(directory, 'file')));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'download' });
  expect(error.message).toBe('download cannot be read: give one that nobody has read before');
  expect(await namesIn(directory)).toEqual([]);
});

test('nothing stays open or listening, however it ends', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux tells what is open');
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  const { signal } = new AbortController();
  const during: string[][] = [];
  const download = (async function* () {
    yield Buffer.from('x');
    during.push(openIn(directory).map((name) => name.replace(/\.artifact-[0-9a-f]{32}\.tmp$/, 'temporary')));
  })();

  await saveTo(download, path, { signal });
  await expect(saveTo(failing(new Error('enough')), path, { signal })).rejects.toThrow('enough');
  await refusal(saveTo(chunks('x'), path, { signal, overwrite: false }));
  await refusal(saveTo(chunks('x'), join(path, 'below'), { signal }));

  expect(during).toEqual([[directory, join(directory, 'temporary')]]);
  expect(openIn(directory)).toEqual([]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
