import { readFile, rm } from 'node:fs/promises';

import { hasStrace } from './child.ts';

/** Why something could not be counted, as it stands in the report. */
export const straceMissing = 'SKIPPED: strace is not installed, so nothing outside of the process could count.';

/** Runs the work with what to put around a process, and gives the system calls it made; `undefined` without strace. */
export async function traced(
  log: string,
  calls: string,
  work: (wrapper: readonly string[]) => Promise<unknown>,
): Promise<readonly string[] | undefined> {
  if (!hasStrace) return undefined;
  try {
    await work(['strace', '-f', '-qq', '-o', log, '-e', 'signal=none', '-e', `trace=${calls}`]);
    const lines = (await readFile(log, 'utf8')).split('\n');
    // A call that another thread interrupts has two lines; the second one repeats no arguments.
    return lines.filter((line) => line.includes('(') && !line.includes(' resumed>'));
  } finally {
    await rm(log, { force: true });
  }
}

/** What system calls of the class `%file` did inside a folder. */
export interface Opened {
  readonly files: number;
  readonly directories: number;
  /** Calls with a path that open nothing. */
  readonly other: number;
}

export function openedWithin(root: string, calls: readonly string[]): Opened {
  const inside = calls.filter((call) => call.includes(`"${root}`));
  const opens = inside.filter((call) => / open(at)?\(/.test(call));
  const directories = opens.filter((call) => call.includes('O_DIRECTORY')).length;
  return { files: opens.length - directories, directories, other: inside.length - opens.length };
}
