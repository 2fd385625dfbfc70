import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cache } from '../lib/workspace.mjs';
import { aptOptions, runQuietly } from './apt.mjs';
import { osRelease } from './requirements.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** What every program of Debian counts on. */
const base = ['base-files', 'bash', 'coreutils', 'libc-bin'];
/** Says what a root was made of. */
const contentsFile = '.packages';

/**
 * A folder with the packages of a Debian release and all that they need, unpacked and not installed, for chroot. It is made
 * once and kept in the cache.
 *
 * @param {string} release
 * @param {string[]} packages
 * @returns {Promise<string>}
 */
export async function unpackedRoot(release, packages) {
  const roots = join(cache, 's3-roots');
  const root = join(roots, release);
  const log = join(roots, `${release}.log`);
  const wanted = [...base, ...packages];
  if (holds(root, wanted)) return root;

  await mkdir(roots, { recursive: true });
  await removeAbandoned(roots);
  // Made beside and moved, so that a root is whole or absent.
  const work = await mkdtemp(join(roots, `new-${process.pid}-`));
  try {
    const unpacked = join(work, 'root');
    await unpack(await download(release, wanted, work, log), unpacked, log);
    await writeFile(join(unpacked, contentsFile), wanted.join(' '));
    // Somebody else may have made it meanwhile, and run programs in it.
    if (holds(root, wanted)) return root;
    await rm(root, { recursive: true, force: true });
    await rename(unpacked, root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return root;
}

function holds(root, packages) {
  const contents = join(root, contentsFile);
  return existsSync(contents) && readFileSync(contents, 'utf8') === packages.join(' ');
}

/** Removes what killed processes have left: a gigabyte each. */
async function removeAbandoned(roots) {
  for (const name of await readdir(roots)) {
    const maker = /^new-(\d+)-/.exec(name)?.[1];
    if (maker !== undefined && !existsSync(`/proc/${maker}`)) await rm(join(roots, name), { recursive: true });
  }
}

/** Downloads with settings of its own, so that the machine's apt neither learns of the release nor takes from it. */
async function download(release, packages, work, log) {
  const archives = join(work, 'cache', 'archives');
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  const sources = join(work, 'sources.list');
  await writeFile(sources, `deb [signed-by=${keyring}] ${debianMirror()} ${release} main\n`);
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '-',
    'Dir::Etc::Preferences': '-',
    'Dir::Etc::PreferencesParts': '-',
    'Dir::State::Lists': join(work, 'lists'),
    // Nothing is installed there, so everything that is needed is downloaded.
    'Dir::State::Status': '/dev/null',
    'Dir::Cache': join(work, 'cache'),
    // The folder is not for apt's own user.
    'APT::Sandbox::User': 'root',
  };
  const apt = [
    'apt-get',
    ...aptOptions,
    ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
  await runQuietly(log, [...apt, 'update']);
  await runQuietly(log, [...apt, '--download-only', 'install', ...packages]);
  const names = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
  return names.toSorted().map((name) => join(archives, name));
}

/** Where this machine gets Debian from. */
function debianMirror() {
  const format = '$(RELEASE) $(COMPONENT) $(REPO_URI)';
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', format], { encoding: 'utf8' });
  const releases = [osRelease().VERSION_CODENAME, 'stable', 'oldstable', 'testing', 'sid', 'unstable'];
  const targets = stdout.split('\n').map((line) => line.split(' '));
  const found = targets.find(([release, component]) => releases.includes(release) && component === 'main');
  if (found === undefined) throw new Error('the sources of apt name no mirror of Debian');
  return found[2];
}

async function unpack(archives, root, log) {
  await mkdir(root);
  // Its links say that /bin is /usr/bin, and have to be there before anything is put into either.
  const isFirst = (path) => path.includes('/base-files_');
  const ordered = [...archives.filter(isFirst), ...archives.filter((path) => !isFirst(path))];
  const extract = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --keep-directory-symlink --directory "$2"';
  for (const archive of ordered)
    await runQuietly(log, ['bash', '-o', 'pipefail', '-c', extract, 'bash', archive, root]);
  for (const folder of ['dev', 'mnt', 'proc', 'tmp']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0::/root:/bin/sh\n');
  await writeFile(join(root, 'etc', 'group'), 'root:x:0:\n');
  await writeFile(join(root, 'etc', 'hosts'), '127.0.0.1 localhost\n');
  await runQuietly(log, ['chroot', root, '/sbin/ldconfig']);
}
