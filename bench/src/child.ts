import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import type { TaskName, TaskArguments, TaskResult } from './tasks/all.ts';

const main = join(import.meta.dirname, 'main.js');
const running = new Set<() => void>();
process.once('exit', () => {
  for (const kill of running) kill();
});

export const hasStrace = (process.env['PATH'] ?? '').split(delimiter).some((path) => existsSync(join(path, 'strace')));

/** What is put around a child process to see what it does. */
export interface Around {
  /** Of node, such as a limit of its memory. */
  readonly flags?: readonly string[];
  /** A program that runs node, such as strace. */
  readonly wrapper?: readonly string[];
}

/** Runs one task of `tasks/` in a process of its own and gives what it found. */
export async function runTask<Name extends TaskName>(
  name: Name,
  taskArguments: TaskArguments<Name>,
  { flags = [], wrapper = [] }: Around = {},
): Promise<TaskResult<Name>> {
  const command = [...wrapper, process.execPath, ...flags, main, 'task', name, JSON.stringify(taskArguments)];
  const output = await run(command);
  return JSON.parse(output) as TaskResult<Name>;
}

function run([program = '', ...rest]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    const kill = (): boolean => child.kill('SIGKILL');
    running.add(kill);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running.delete(kill);
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ${rest.join(' ')} ended with ${code ?? signal}`));
    });
  });
}
