import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, readJson, root, run } from './workspace.mjs';

/**
 * Packs packages as a release would.
 *
 * @param {string} destination A folder for the tarballs alone; what it held is removed.
 * @param {string[]} folders
 * @returns {Promise<{ name: string, path: string }[]>} The name of each package, and its tarball's absolute path.
 */
export async function pack(destination, folders) {
  rmSync(destination, { recursive: true, force: true });
  mkdirSync(destination, { recursive: true });
  const filters = folders.map((folder) => `--filter=./${folder}`);
  const { code, output } = await run(pnpm(...filters, '--recursive', 'pack', '--pack-destination', destination));
  const tarballs = folders.map((folder) => {
    const { name, version } = readJson(join(root, folder, 'package.json'));
    return { name, path: join(destination, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`) };
  });
  const missing = tarballs.filter(({ path }) => !existsSync(path));
  if (code === 0 && missing.length === 0) return tarballs;
  throw new Error(`${missing.length} of ${folders.length} packages were not packed:\n${output}`);
}
