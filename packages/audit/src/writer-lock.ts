import { readFileSync, readlinkSync } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { ArtifactError } from '@artifacts/core';

/**
 * One writer per log, among all processes of a machine: two would each continue the same line, and no order of theirs would verify.
 *
 * Whoever writes has a file whose name says who it is, never the same for two processes: pid, start time, boot, pid namespace. It
 * is made first, and then the others are looked at, so of two that begin at once at least one sees the other. A file of a dead
 * process is removed by its name, which nobody alive can have: there is no moment at which the wrong one could go.
 */
export class WriterLock {
  readonly #own: string;
  readonly #prefix: string;
  #held = false;

  constructor(file: string) {
    this.#prefix = `${basename(file)}.writer.`;
    this.#own = join(dirname(file), this.#prefix + nameOf(thisProcess()));
  }

  /** @throws `CONFIGURATION` when somebody else writes, or may */
  async acquire(): Promise<void> {
    try {
      await (await open(this.#own, 'wx', 0o600)).close();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      throw taken(`by another audit log of this process`, this.#own);
    }
    this.#held = true;
    try {
      await this.#requireAlone();
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  async release(): Promise<void> {
    // Otherwise it is that of another log of this process.
    if (!this.#held) return;
    this.#held = false;
    await rm(this.#own, { force: true });
  }

  async #requireAlone(): Promise<void> {
    const directory = dirname(this.#own);
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      if (!name.startsWith(this.#prefix) || path === this.#own) continue;
      const holder = parse(name.slice(this.#prefix.length));
      if (holder === undefined) throw taken('under a name that is none of ours', path);
      const liveness = livenessOf(holder);
      if (liveness === 'alive') throw taken(`by process ${holder.pid}`, path);
      if (liveness === 'unknown')
        throw taken('from another pid namespace, where nobody can see whether it lives', path);
      await rm(path, { force: true });
    }
  }
}

function taken(by: string, path: string): ArtifactError {
  return new ArtifactError(
    'CONFIGURATION',
    `the audit log is being written ${by}: give each process a file of its own; if nobody writes, remove ${JSON.stringify(path)}`,
    { field: 'file' },
  );
}

interface Holder {
  readonly pid: number;
  /** Ticks since boot; 0 where there is no /proc. */
  readonly started: string;
  readonly boot: string;
  readonly namespace: string;
}

function thisProcess(): Holder {
  return {
    pid: process.pid,
    started: startOf('self') ?? '0',
    boot: contentOf('/proc/sys/kernel/random/boot_id').replaceAll(/[^0-9a-f]/g, '') || '0',
    namespace: /\d+/.exec(linkOf('/proc/self/ns/pid'))?.[0] ?? '0',
  };
}

function nameOf({ pid, started, boot, namespace }: Holder): string {
  return `${pid}-${started}-${boot}-${namespace}`;
}

function parse(name: string): Holder | undefined {
  const [, pid, started, boot, namespace] = /^(\d+)-(\d+)-([0-9a-f]+)-(\d+)$/.exec(name) ?? [];
  if (pid === undefined || started === undefined || boot === undefined || namespace === undefined) return undefined;
  return { pid: Number(pid), started, boot, namespace };
}

function livenessOf(holder: Holder): 'alive' | 'dead' | 'unknown' {
  const self = thisProcess();
  if (holder.boot !== self.boot) return 'dead';
  if (holder.namespace !== self.namespace) return 'unknown';
  const started = startOf(String(holder.pid));
  if (started !== undefined) return started === holder.started ? 'alive' : 'dead';
  return self.started === '0' && exists(holder.pid) ? 'alive' : 'dead';
}

/** Field 22 of `/proc/<pid>/stat`, unless the process is dead and only not yet waited for. */
function startOf(pid: string): string | undefined {
  const text = contentOf(`/proc/${pid}/stat`);
  // The second field is the command in parentheses, and may itself contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', threads, started] = [fields[0], fields[17], fields[19]];
  // The first thread of a killed process shows as a zombie while another may still be inside a system call.
  return 'ZX'.includes(state) && !(Number(threads) > 1) ? undefined : started;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

// Where there is no /proc a process is known by its pid alone.
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
