import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../lib/workspace.mjs';

/**
 * Starts the live program.
 *
 * @param {string[]} args
 * @returns {Promise<{ port: number, stop: () => Promise<number> }>} `stop` gives its exit code.
 */
export async function startLiveProgram(...args) {
  const program = join(root, 'scripts', 'prometheus', 'live.mjs');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const said = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), ended]);
  const port = Number(said[0]);
  if (child.exitCode !== null) throw new Error(`the live program ended with ${child.exitCode}`);
  const stop = async () => {
    child.stdin.end();
    const [code] = await ended;
    return code;
  };
  return { port, stop };
}
