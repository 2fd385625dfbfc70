import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { spawn } from 'node:child_process';

const timeout = 15 * 60_000;

/**
 * Runs apt-get, or another program, with its output in a file: what apt says names the hosts that it asks, which is
 * nobody's business in a log of ours.
 *
 * @param {string} log The file, which is added to.
 * @param {string[]} command
 */
export async function runQuietly(log, [program, ...args]) {
  const output = createWriteStream(log, { flags: 'a' });
  await once(output, 'open');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(program, args, { stdio: ['ignore', output, output], env, timeout });
  const [code] = await once(child, 'close');
  output.end();
  if (code !== 0) throw new Error(`${program} failed: ${log} says why`);
}

/** Options by which apt-get waits for another one that is running, and asks nothing. */
export const aptOptions = ['--quiet', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=600'];
