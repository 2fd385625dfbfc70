import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

import { repository } from './results.ts';
import type { Scratch } from './scratch.ts';
import { mebibyte, type Settings } from './settings.ts';

const run = promisify(execFile);

/** What the figures of a run depend on. */
export interface Environment {
  readonly command: string;
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly openssl: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly fileSystem: string;
  /** Node's default is 4; every contender shares it. */
  readonly ioThreads: string;
  readonly settings: Settings;
}

export async function describeEnvironment(command: string, settings: Settings, scratch: Scratch): Promise<Environment> {
  return {
    command,
    date: new Date().toISOString(),
    commit: await commit(),
    node: process.version,
    openssl: process.versions.openssl,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / mebibyte),
    kernel: release(),
    fileSystem: await fileSystemOf(scratch.root),
    ioThreads: process.env['UV_THREADPOOL_SIZE'] ?? '4, the default',
    settings,
  };
}

async function commit(): Promise<string> {
  try {
    const { stdout: head } = await run('git', ['rev-parse', 'HEAD'], { cwd: repository });
    const measured = ['packages', 'bench/src', 'pnpm-lock.yaml'];
    const { stdout: changed } = await run('git', ['status', '--porcelain', '--', ...measured], { cwd: repository });
    return head.trim() + (changed === '' ? '' : ', with changes that are not committed');
  } catch {
    return 'none';
  }
}

/** The type and options of the mount the path is on: the longest mount point that leads to it. */
async function fileSystemOf(path: string): Promise<string> {
  try {
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
    const holding = mounts
      .filter(([, point = '?']) => `${path}/`.startsWith(point === '/' ? point : `${point}/`))
      .toSorted(([, a = ''], [, b = '']) => a.length - b.length);
    const [, , type = 'unknown', options = ''] = holding.at(-1) ?? [];
    return `${type} (${options})`;
  } catch {
    return 'unknown';
  }
}
