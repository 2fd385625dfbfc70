// What a bundle of core weighs when it is loaded. What is loaded only when somebody asks for it, such as the code of repairs,
// comes later and counts in the whole alone. A budget is raised here, in the commit that needs it, with its reason.
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { readJson, report, root } from './lib/workspace.mjs';

const kibibyte = 1024;
const core = '@artifacts/core';

const budgets = [
  { what: `all of ${core}`, code: everyEntry(), budget: 60 * kibibyte, withLater: true },
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

/** Against the build, as a user's bundler would see it. */
async function sizeOf({ code, withLater = false }) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    splitting: !withLater,
    minify: true,
    metafile: true,
    write: false,
    outdir: root,
    absWorkingDir: root,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  const loaded = withLater ? Object.keys(metafile.outputs) : loadedAtOnce(metafile.outputs);
  const chunks = outputFiles.filter(({ path }) => loaded.includes(relative(root, path)));
  return gzipSync(Buffer.concat(chunks.map(({ contents }) => contents)), { level: 9 }).length;
}

/** The entry, and every chunk that it imports, directly or not, other than by a call of `import()`. */
function loadedAtOnce(outputs) {
  const loaded = Object.keys(outputs).filter((path) => outputs[path].entryPoint === '<stdin>');
  for (const path of loaded) {
    const imported = outputs[path].imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
    loaded.push(...imported.map((each) => each.path).filter((each) => !loaded.includes(each)));
  }
  return loaded;
}

function inKiB(bytes) {
  return `${(bytes / kibibyte).toFixed(1)} KiB`;
}
