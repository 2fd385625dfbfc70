import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from '../lib/workspace.mjs';
import { aptOptions, runQuietly } from './apt.mjs';
import { whatForbidsMounts, whatIsMissing } from './requirements.mjs';
import { unpackedRoot } from './unpacked-root.mjs';

/**
 * @typedef {object} Suite How the programs of one release are run.
 * @property {(folder: string) => string[]} prefix What stands before a command that works in `folder`.
 * @property {(folder: string) => string} seenAs The path by which the programs see `folder`.
 */

/** A Ceph cluster with an S3 gateway: `ceph-common` holds its client tools. */
const packages = ['ceph-common', 'ceph-mon', 'ceph-osd', 'radosgw'];
const programs = ['ceph', 'ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin'];

/** The Debian release whose packages are the current ones. */
const currentRelease = 'forky';

/** The releases that the tests run on, by name. */
export const suites = {
  /** What the machine's own Debian has: an old release with quirks. Installed by apt. */
  host: { missing: whatIsMissing, prepare: prepareHost },
  /** A current release, unpacked into the cache and run in there. Nothing is installed on the machine. */
  current: { missing: () => whatIsMissing() ?? whatForbidsMounts(), prepare: prepareCurrent },
};

/** @returns {Promise<Suite>} */
async function prepareHost() {
  const installed = () => programs.every((program) => spawnSync(program, ['--version']).error === undefined);
  if (!installed()) {
    mkdirSync(cache, { recursive: true });
    const log = join(cache, 's3-host.log');
    const install = () => runQuietly(log, ['apt-get', 'install', ...aptOptions, ...packages]);
    // The lists may be there and fresh enough.
    await install().catch(async () => {
      await runQuietly(log, ['apt-get', 'update', ...aptOptions]);
      await install();
    });
  }
  return { prefix: () => [], seenAs: (folder) => folder };
}

/** @returns {Promise<Suite>} */
async function prepareCurrent() {
  const root = await unpackedRoot(currentRelease, packages);
  const inside = '/mnt';
  // The mounts are the process's own and go with it. Each step is the same process, so its pid is that of the program.
  const enter = `mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --bind "$2" "$1${inside}" || exit
    root="$1"; shift 2; exec chroot "$root" "$@"`;
  return {
    prefix: (folder) => ['unshare', '--mount', 'sh', '-c', enter, 'sh', root, folder],
    seenAs: () => inside,
  };
}
