import { spawnSync } from 'node:child_process';
import { run } from './workspace.mjs';

/** Programs that some tests need and npm cannot install, by their Debian package. */
const tools = [
  { program: 'strace', probe: ['-V'], debianPackage: 'strace' },
  { program: 'mount', probe: ['-V'], debianPackage: 'mount' },
  { program: 'mkfs.ext4', probe: ['-V'], debianPackage: 'e2fsprogs' },
  { program: 'mkfs.xfs', probe: ['-V'], debianPackage: 'xfsprogs' },
  { program: 'promtool', probe: ['--version'], debianPackage: 'prometheus' },
];

const timeout = 120_000;

/**
 * Installs what is missing where that is possible: on Debian, as root. Elsewhere the tests that need it say that they
 * are skipped. What the installer says is not shown: it names the hosts it asks.
 */
export async function installSystemTools() {
  const missing = tools.filter(({ program, probe }) => spawnSync(program, probe).status !== 0);
  if (missing.length === 0 || process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  console.log(`installing ${packages.join(', ')}, which the tests need`);
  await run(['apt-get', 'update'], { timeout });
  await run(['apt-get', 'install', '--yes', '--no-install-recommends', ...packages], { timeout });
}
