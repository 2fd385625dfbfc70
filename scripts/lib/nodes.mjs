import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cache, run } from './workspace.mjs';

// One package per platform, with nothing to run at install: the package `node` would need a script for it.
const platform = process.platform === 'win32' ? 'win' : process.platform;
const name = `node-${platform}-${process.arch}`;

/**
 * Installs a line of Node, such as `22` or `20.19`, into the cache.
 *
 * @param {string} line
 * @returns {Promise<string | undefined>} The folder of its binary, or nothing where the registry has no such package.
 */
export async function installNode(line) {
  const folder = join(cache, 'nodes', line);
  const binaries = join(folder, 'node_modules', name, 'bin');
  if (existsSync(binaries)) return binaries;
  mkdirSync(folder, { recursive: true });
  const flags = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
  const { code } = await run(['npm', 'install', ...flags, `${name}@${line}`]);
  return code === 0 ? binaries : undefined;
}
