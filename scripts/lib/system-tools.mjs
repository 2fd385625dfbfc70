import { spawnSync } from 'node:child_process';
import { run } from './workspace.mjs';

/** Programs that some tests need and npm cannot install, by their Debian package. */
const tools = [{ program: 'strace', probe: ['-V'], debianPackage: 'strace' }];

/**
 * Installs what is missing where that is possible: on Debian, as root. Elsewhere the tests that need it say that they
 * are skipped.
 */
export async function installSystemTools() {
  const missing = tools.filter(({ program, probe }) => spawnSync(program, probe).status !== 0);
  if (missing.length === 0 || process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  await run(['apt-get', 'update']);
  await run(['apt-get', 'install', '--yes', '--no-install-recommends', ...packages]);
}
