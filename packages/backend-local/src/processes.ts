import { readFileSync, readlinkSync } from 'node:fs';

/**
 * One run of one process, as others on the machine can recognise it: a pid is used again, a pid with its start time and
 * boot is not.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot, field 22 of `/proc/<pid>/stat`; empty where there is none. */
  readonly started: string;
  /** The boot of the machine; empty where it cannot be told. */
  readonly boot: string;
  /** The pid namespace in which `pid` means this process; empty where there are none. */
  readonly namespace: string;
}

export type Liveness = 'alive' | 'dead' | 'unknown';

let own: ProcessIdentity | undefined;

/** This process. */
export function thisProcess(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    started: statOf('self')?.started ?? '',
    boot: contentOf('/proc/sys/kernel/random/boot_id').replaceAll('-', '').trim().slice(0, 16),
    namespace: /\d+/.exec(linkOf('/proc/self/ns/pid'))?.[0] ?? '',
  };
  return own;
}

/**
 * Whether that process can still act. `dead` only when it certainly cannot: what cannot be judged, such as a process of
 * another container, is `unknown`.
 */
export function livenessOf(other: ProcessIdentity): Liveness {
  const self = thisProcess();
  if (other.boot !== self.boot) return other.boot === '' || self.boot === '' ? 'unknown' : 'dead';
  if (other.namespace !== self.namespace) return 'unknown';
  const stat = statOf(String(other.pid));
  if (stat === undefined) return exists(other.pid) ? 'alive' : 'dead';
  if (other.started !== '' && stat.started !== other.started) return 'dead';
  // The first thread of a killed process shows as a zombie while another may still be inside a system call.
  return 'ZX'.includes(stat.state) && stat.threads <= 1 ? 'dead' : 'alive';
}

interface ProcStat {
  readonly state: string;
  readonly threads: number;
  readonly started: string;
}

function statOf(pid: string): ProcStat | undefined {
  const text = contentOf(`/proc/${pid}/stat`);
  // The second field is the command in parentheses, and may itself contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, threads, started] = [fields[0], fields[17], fields[19]];
  if (state === undefined || threads === undefined || started === undefined) return undefined;
  return { state, threads: Number(threads), started };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

// Files of procfs are memory: reading them does not wait for a disk.
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
