import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { localBackend } from '../src/index.ts';
import { temporaryDirectory } from './support/directory.ts';
import { History } from './support/history.ts';
import { bundle, watch } from './support/programs.ts';
import { report } from './support/random.ts';
import { numbersIn, subjectOf } from './support/subject.ts';

// The system calls that change what others see, or bring it to the disk, by every name that they have.
const steps = ['link,linkat', 'rename,renameat,renameat2', 'unlink,unlinkat', 'fsync'];

test.for(['backend', 'store'] as const)(
  'I-9 a %s killed before any link, rename, unlink or fsync loses nothing it acknowledged and tears nothing',
  { timeout: 300_000 },
  async (kind, { skip }) => {
    skip(spawnSync('strace', ['-V']).status !== 0, 'strace is not installed');
    const directory = await temporaryDirectory();
    const program = await bundle('series', directory);

    /** Kills before the first such call, then before the second, until there are no more; gives how many there were. */
    const killAtEach = async (step: string): Promise<number> => {
      for (let nth = 1; ; nth += 1) {
        const root = join(directory, `${step} ${nth}`);
        const inject = `inject=${step}:signal=SIGKILL:when=${nth}`;
        // One thread for the file system, because strace counts the calls of each.
        const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
        const given = ['-f', '--seccomp-bpf', '-o', '/dev/null', '-e', inject, process.execPath, program, root, kind];
        const { lines, ended } = watch(spawn('strace', given, { env }));
        const end = await ended;
        const found = await numbersIn(subjectOf(kind, localBackend({ root })));
        new History(lines).assertExplains(found, `killed before ${step} number ${nth}`);
        if (end === 0) return nth - 1;
        expect(end).toBe('SIGKILL');
      }
    };
    const counts = await Promise.all(steps.map(killAtEach));
    for (const count of counts) expect(count).toBeGreaterThan(0);
    const kills = counts.reduce((sum, count) => sum + count, 0);
    report(`kill -9 before every link, rename, unlink and fsync of a ${kind}`, { kills });
  },
);
