// What a bundle of core weighs. A budget is raised here, in the commit that needs it, with its reason.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { readJson, report, root } from './lib/workspace.mjs';

const kibibyte = 1024;
const core = '@artifacts/core';

const budgets = [
  { what: `all of ${core}`, code: everyEntry(), budget: 60 * kibibyte },
  {
    what: 'ArtifactStore and hmacKeyring',
    code: `export { ArtifactStore, hmacKeyring } from '${core}';`,
    budget: 35 * kibibyte,
  },
];

const measured = await Promise.all(budgets.map(async (item) => ({ ...item, size: await sizeOf(item.code) })));
const problems = measured
  .filter(({ size, budget }) => size > budget)
  .map(({ what, size, budget }) => `${what}: ${inKiB(size)} minified and gzipped, more than ${inKiB(budget)}`);
report(problems, measured.map(({ what, size, budget }) => `${what} ${inKiB(size)} of ${inKiB(budget)}`).join(', '));

function everyEntry() {
  const entries = Object.keys(readJson(join(root, 'packages', 'core', 'package.json')).exports);
  return entries.map((entry, index) => `export * as e${index} from '${join(core, entry)}';`).join('\n');
}

/** Against the build, as a user's bundler would see it. */
async function sizeOf(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

function inKiB(bytes) {
  return `${(bytes / kibibyte).toFixed(1)} KiB`;
}
