import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, expect, test, type TestContext } from 'vitest';

import { namesIn, runProgram, temporaryDirectory } from './files.test-helper.ts';

// What only a process of its own can meet: the built package, under strace or a limit of the system.
const program = `
  import { saveTo } from '@artifacts/core/file';
  const [path, overwrite] = process.argv.slice(1);
  const download = (async function* () {
    for (let n = 0; n < 3; n += 1) yield new Uint8Array(10_000);
  })();
  const outcome = await saveTo(download, path, { overwrite: overwrite === 'true' }).catch((error) => ({
    code: error.code,
    message: error.message,
    cause: error.cause.code,
  }));
  console.log(JSON.stringify(outcome));
`;

let directory: string;
let path: string;
let log: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory, 'file');
  log = join(await temporaryDirectory(), 'log');
});

function run(words: readonly [string, ...string[]], overwrite: boolean): unknown {
  return runProgram(words, program, [path, `${overwrite}`]);
}

/** The same under strace, which the test is skipped without. */
function runTraced(skip: TestContext['skip'], options: readonly string[], overwrite: boolean): unknown {
  skip(spawnSync('strace', ['-V']).status !== 0, 'strace is not installed');
  return run(['strace', '-f', '-qq', '-o', log, ...options], overwrite);
}

test('I-26 a file system that takes no larger files is TOO_LARGE, and leaves what was there', async () => {
  await writeFile(path, 'before');

  const outcome = run(['sh', '-c', 'ulimit -f 8 && exec "$@"', 'sh'], true);

  expect(outcome).toEqual({
    code: 'TOO_LARGE',
    message: `could not save to "${path}": the file system takes no file that exceeds limit of its own (EFBIG)`,
    cause: 'EFBIG',
  });
  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await namesIn(directory)).toEqual(['file']);
});

test('I-26 a process that is out of descriptors is UNAVAILABLE', async ({ skip }) => {
  const outcome = runTraced(skip, ['-P', directory, '-e', 'inject=openat:error=EMFILE'], true);

  expect(outcome).toEqual({
    code: 'UNAVAILABLE',
    message: `could not save to "${path}": this process or system is out of resources (EMFILE)`,
    cause: 'EMFILE',
  });
  expect(await namesIn(directory)).toEqual([]);
});

test.for([
  [true, 'rename'],
  [false, 'link'],
] as const)(
  'I-9 the file is on the disk before it has its name, and its directory before that is told (overwrite: %s)',
  async ([overwrite, naming], { skip }) => {
    const outcome = runTraced(skip, ['-e', 'trace=fsync,/^(rename|link|unlink)'], overwrite);
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    const calls = lines.map((line) => /^\d+ +([a-z]+?)(?:at2?)?\(/.exec(line)?.[1]);

    expect(outcome).toEqual({ sizeBytes: 30_000 });
    expect(calls).toEqual(['fsync', naming, 'unlink', 'fsync']);
    expect(await namesIn(directory)).toEqual(['file']);
  },
);

const failures = [
  ['the medium', 'inject=fsync:error=EIO', 'BACKEND', 'the file system failed (EIO)'],
  ['the room on the disk', 'inject=fsync:error=ENOSPC', 'QUOTA_EXCEEDED', 'no space left on the medium (ENOSPC)'],
  ['the rename', 'inject=/^rename:error=EROFS', 'ACCESS_DENIED', 'the file system is read-only (EROFS)'],
] as const;

test.for(failures)('I-7 when %s fails, what was there is still there', async ([, fault, code, problem], { skip }) => {
  await writeFile(path, 'before');

  const outcome = runTraced(skip, ['-e', fault], true);

  expect(outcome).toMatchObject({ code, message: `could not save to "${path}": ${problem}` });
  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await namesIn(directory)).toEqual(['file']);
});

test.for(['EIO', 'ENOSPC'])(
  'I-10 when the sync of the directory fails with %s, the error says that the file is there',
  async (name, { skip }) => {
    const outcome = runTraced(skip, ['-P', directory, '-e', `inject=fsync:error=${name}`], true);

    expect(outcome).toEqual({
      code: 'BACKEND',
      message: `could not save to "${path}": it is there, but may not survive the loss of power (${name})`,
      cause: name,
    });
    expect((await readFile(path)).length).toBe(30_000);
    expect(await namesIn(directory)).toEqual(['file']);
  },
);

test('a temporary file that cannot be removed changes no outcome', async ({ skip }) => {
  const outcome = runTraced(skip, ['-e', 'inject=/^unlink:error=EIO'], false);

  expect(outcome).toEqual({ sizeBytes: 30_000 });
  expect((await readFile(path)).length).toBe(30_000);
  expect((await namesIn(directory)).length).toBe(2);
});
