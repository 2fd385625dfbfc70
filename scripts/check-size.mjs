// What a bundle of core weighs. A budget is raised here, in the commit that needs it, with its reason.
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { readJson, report, root } from './lib/workspace.mjs';

const kibibyte = 1024;
const core = '@artifacts/core';

const budgets = [
  { what: `all of ${core}`, code: everyEntry(), lazy: true, budget: 60 * kibibyte },
  {
    what: 'ArtifactStore and hmacKeyring',
    code: `export { ArtifactStore, hmacKeyring } from '${core}';`,
    budget: 35 * kibibyte,
  },
];

const measured = await Promise.all(budgets.map(async (item) => ({ ...item, size: await sizeOf(item) })));
const problems = measured
  .filter(({ size, budget }) => size > budget)
  .map(({ what, size, budget }) => `${what}: ${inKiB(size)} minified and gzipped, more than ${inKiB(budget)}`);
report(problems, measured.map(({ what, size, budget }) => `${what} ${inKiB(size)} of ${inKiB(budget)}`).join(', '));

function everyEntry() {
  const entries = Object.keys(readJson(join(root, 'packages', 'core', 'package.json')).exports);
  return entries.map((entry, index) => `export * as e${index} from '${join(core, entry)}';`).join('\n');
}

/** Against the build, as a user's bundler would see it: what is loaded at once, without what waits until somebody uses it. */
async function sizeOf({ code, lazy }) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    splitting: true,
    metafile: true,
    outdir: root,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  const atOnce = loadedAtOnce(metafile);
  const counted = outputFiles.filter(({ path }) => lazy || atOnce.has(relative(root, path)));
  // Together, because where a bundler cuts is its own affair.
  return gzipSync(Buffer.concat(counted.map(({ contents }) => contents)), { level: 9 }).length;
}

/** The entry and what it imports, and what that imports; not what is imported only when it is needed. */
function loadedAtOnce({ outputs }) {
  const loaded = new Set(Object.keys(outputs).filter((path) => outputs[path].entryPoint === '<stdin>'));
  for (const path of loaded) {
    for (const { path: imported, kind, external } of outputs[path].imports)
      if (kind === 'import-statement' && external !== true) loaded.add(imported);
  }
  return loaded;
}

function inKiB(bytes) {
  return `${(bytes / kibibyte).toFixed(1)} KiB`;
}
