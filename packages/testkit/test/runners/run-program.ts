import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a program of Node ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function moduleAt(name: string): string {
  return fileURLToPath(new URL(`modules/${name}`, import.meta.url));
}

/** Runs Node with these arguments, as a user does: without what vitest put into the environment. */
export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:NODE_OPTIONS|NODE_TEST|VITEST|NO_COLOR|FORCE_COLOR)/.test(name),
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), ...env },
  });
  return { status, stdout, stderr };
}
