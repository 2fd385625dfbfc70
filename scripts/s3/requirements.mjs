import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const programs = ['apt-get', 'dpkg-deb', 'tar', 'setpriv', 'unshare', 'chroot'];

/**
 * Why a server of Debian's packages cannot run here, if it cannot.
 *
 * @returns {string | undefined}
 */
export function whatIsMissing() {
  if (process.platform !== 'linux') return `it takes Debian, and this is ${process.platform}`;
  const { ID: id, PRETTY_NAME: name } = osRelease();
  if (id !== 'debian') return `it takes Debian, and this is ${name ?? 'another system'}`;
  if (process.getuid() !== 0) return 'it takes root, to install packages and to run them in a root of their own';
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length > 0) return `it takes ${missing.join(', ')}, which are not installed`;
  return undefined;
}

/** Why this root may not have mounts of its own, as in a container without that right, if it may not. */
export function whatForbidsMounts() {
  return spawnSync('unshare', ['--mount', 'true']).status === 0
    ? undefined
    : 'it takes the right to mount (CAP_SYS_ADMIN), which this container does not have';
}

/** What the system says of itself, such as `VERSION_CODENAME`. */
export function osRelease() {
  const path = '/etc/os-release';
  const lines = existsSync(path) ? readFileSync(path, 'utf8').matchAll(/^(\w+)="?(.*?)"?$/gm) : [];
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
}
