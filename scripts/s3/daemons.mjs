import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Daemon A process by its id and when it began: an id alone may be somebody else's by now.
 * @property {number} pid
 * @property {string} startedAt In ticks of the kernel.
 * @property {string[]} command
 * @property {boolean} mortal
 */

/**
 * Starts a program that outlives the call, its output in a file.
 *
 * @param {string[]} command
 * @param {{ log: string, env: Record<string, string>, mortal: boolean }} options With `mortal` it ends with this process,
 * however that ends; otherwise it runs on.
 * @returns {Daemon}
 */
export function startDaemon(command, { log, env, mortal }) {
  const output = openSync(log, 'a');
  const [program, ...args] = mortal ? ['setpriv', '--pdeathsig', 'KILL', ...command] : command;
  // In a group of its own, so that Ctrl-C reaches whoever ends it and not the daemon.
  const child = spawn(program, args, { stdio: ['ignore', output, output], env, detached: true });
  closeSync(output);
  child.unref();
  // Whoever waits for the daemon to answer sees that it is not there.
  child.on('error', () => {});
  return { pid: child.pid, startedAt: startOf(child.pid), command, mortal };
}

/** @param {Daemon} daemon */
export function isRunning({ pid, startedAt }) {
  return startedAt !== undefined && startOf(pid) === startedAt;
}

/**
 * Ends the daemons before the call returns, so that a process which is about to end can do it. What they hold is in memory and of
 * no use to anybody, so they are not asked to put it in order.
 */
export function endDaemons(daemons) {
  const running = daemons.filter(isRunning);
  for (const { pid } of running) process.kill(pid, 'SIGKILL');
  const clock = new Int32Array(new SharedArrayBuffer(4));
  while (running.some(isRunning)) Atomics.wait(clock, 0, 0, 10);
}

function startOf(pid) {
  try {
    // The name of the program, in brackets, may hold anything; the 22nd field is the 20th behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
