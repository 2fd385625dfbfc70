import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readFailure, saveFailure } from './file-failures.ts';
import { runProgram, temporaryDirectory } from './files.test-helper.ts';

const ofSystem: readonly (readonly [name: string, code: string])[] = [
  ['EACCES', 'ACCESS_DENIED'],
  ['EPERM', 'ACCESS_DENIED'],
  ['EROFS', 'ACCESS_DENIED'],
  ['ENOSPC', 'QUOTA_EXCEEDED'],
  ['EDQUOT', 'QUOTA_EXCEEDED'],
  ['EFBIG', 'TOO_LARGE'],
  ['EMFILE', 'UNAVAILABLE'],
  ['ENFILE', 'UNAVAILABLE'],
  ['ENOMEM', 'UNAVAILABLE'],
  ['EAGAIN', 'UNAVAILABLE'],
  ['EIO', 'BACKEND'],
  ['ESTALE', 'BACKEND'],
];

test.each(ofSystem)('I-26 %s is %s, for a file to read as for one to save', (name, code) => {
  const cause = Object.assign(new Error('no'), { code: name });

  for (const failure of [readFailure('/file', cause), saveFailure('/file', cause)]) {
    expect(failure).toMatchObject({ code, cause, retryable: code === 'UNAVAILABLE' });
    expect(failure.message).toContain(name);
    expect(failure.field).toBe(undefined);
  }
});

test('I-26 a failure of a path is an argument to change', () => {
  for (const name of ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']) {
    const cause = Object.assign(new Error('no'), { code: name });
    for (const failure of [readFailure('/file', cause), saveFailure('/file', cause)])
      expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'path', cause });
  }
});

const reading = `
  import { fileSource } from '@artifacts/core/file';
  const read = async () => {
    for await (const chunk of (await fileSource(process.argv[1])).open()) chunk.length;
  };
  const { code, message } = await read().then(() => ({ code: 'it was read' }), (error) => error);
  console.log(JSON.stringify({ code, message }));
`;

const faults = [
  [
    'a process that is out of descriptors',
    'inject=openat:error=EMFILE',
    'UNAVAILABLE',
    'this process or system is out of resources',
  ],
  ['a medium that fails', 'inject=pread64:error=EIO', 'BACKEND', 'the file system failed'],
] as const;

test.for(faults)('I-26 %s is no fault of the file that was to be read', async ([, fault, code, text], { skip }) => {
  skip(spawnSync('strace', ['-V']).status !== 0, 'strace is not installed');
  const directory = await temporaryDirectory();
  const path = join(directory, 'file');
  await writeFile(path, 'content');
  const strace = ['strace', '-f', '-qq', '-o', join(directory, 'log'), '-P', path, '-e', fault] as const;

  const outcome = runProgram(strace, reading, [path]);

  const name = /error=(.*)$/.exec(fault)?.[1];
  expect(outcome).toEqual({ code, message: `file "${path}" cannot be read (${name}): ${text}` });
});
