import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

/** A directory that goes with the test, by its real path: on macOS the usual one is a link. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'artifacts-core-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).toSorted();
}

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** What a program over the built package prints as JSON, when it is started behind `words`, such as those of strace. */
export function runProgram(words: readonly [string, ...string[]], program: string, args: readonly string[]): unknown {
  const [command, ...rest] = [...words, process.execPath, '--input-type=module', '-e', program, ...args];
  const { stdout, stderr } = spawnSync(command, rest, { cwd: repository, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const descriptors = '/proc/self/fd';

/** The files in the directory, and the directory itself, that this process has open now. Only Linux tells. */
export function openIn(directory: string): string[] {
  return readdirSync(descriptors)
    .map(pathOfDescriptor)
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .toSorted();
}

function pathOfDescriptor(descriptor: string): string {
  try {
    return readlinkSync(join(descriptors, descriptor));
  } catch {
    // That of the listing itself is closed by now.
    return '';
  }
}
