import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pack } from './pack.mjs';
import { pnpm, publishedFolders, readJson, root, run } from './workspace.mjs';

const tools = join(root, 'scripts', 'consumers', 'node_modules');
const classic = [process.execPath, join(tools, 'yarn', 'bin', 'yarn.js')];
const berry = [process.execPath, join(tools, '@yarnpkg', 'cli-dist', 'bin', 'yarn.js')];

/**
 * @typedef {object} Layout A way in which users have packages on their disk.
 * @property {string} name
 * @property {string[]} install The command that installs what the manifest of the project says, without a network.
 * @property {Record<string, string>} [files] What the project needs besides.
 * @property {string[]} [node] What runs a program instead of node.
 * @property {boolean} [importsOnly] Whether `require` cannot load a module there.
 */

/**
 * @typedef {object} Place
 * @property {string} folder Where projects may be made.
 * @property {{ name: string, path: string }[]} tarballs
 */

/** @type {Layout[]} */
export const layouts = [
  { name: 'npm', install: ['npm', 'install', '--offline', '--no-audit', '--no-fund'] },
  { name: 'pnpm', install: pnpm('install', '--offline', '--no-frozen-lockfile') },
  { name: 'yarn-1', install: [...classic, 'install', '--offline', '--non-interactive', '--cache-folder', '.cache'] },
  { name: 'yarn-node-modules', install: [...berry, 'install'], files: berryFiles('node-modules') },
  // Plug'n'Play hooks into `import` alone: what it keeps in archives is no module to `require`.
  {
    name: 'yarn-pnp',
    install: [...berry, 'install'],
    files: berryFiles('pnp'),
    node: [...berry, 'node'],
    importsOnly: true,
  },
];

/** What every layout must run: whatever stands in the folder, but for what needs packages that take a network to install. */
const home = join(root, 'scripts', 'consumers', 'programs');
const needsNetwork = (program) => /^(?:otel|prometheus|s3)\./.test(program);
const all = readdirSync(home).toSorted();
const programs = all.filter((program) => !needsNetwork(program));

/** The line of Yarn after 1 has its settings in a file, and refuses in CI to write the lockfile that is not there yet. */
function berryFiles(nodeLinker) {
  const settings = ['enableGlobalCache: false', 'enableNetwork: false', 'enableTelemetry: false'];
  const lines = [
    `nodeLinker: ${nodeLinker}`,
    ...settings,
    'enableImmutableInstalls: false',
    'globalFolder: ./.yarn/global',
  ];
  return { '.yarnrc.yml': `${lines.join('\n')}\n`, 'yarn.lock': '' };
}

/**
 * Packs the packages and gives the tarballs to `use` in a temporary folder outside of the repository, where nothing of
 * the workspace can be found.
 *
 * @template T
 * @param {(place: Place) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withTarballs(use) {
  const folder = mkdtempSync(join(tmpdir(), 'artifacts-consumers-'));
  try {
    return await use({ folder, tarballs: await pack(join(folder, 'tarballs'), publishedFolders().filter(isComplete)) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Installs the packages in a new project that has every program of `scripts/consumers/programs`.
 *
 * @param {Place} place
 * @param {Layout} layout
 */
export async function makeProject({ folder, tarballs }, layout) {
  const { name, install, files: extra = {}, node: runner, importsOnly = false } = layout;
  const project = join(folder, name);
  mkdirSync(project);
  const dependencies = tarballs.map(({ name: packed, path }) => [packed, `file:../tarballs/${basename(path)}`]);
  const manifest = { name: 'consumer', private: true, dependencies: Object.fromEntries(dependencies) };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  for (const [path, text] of Object.entries(extra)) writeFileSync(join(project, path), text);
  for (const program of programs) copyFileSync(join(home, program), join(project, program));
  const { code, output } = await run(install, { cwd: project });
  if (code !== 0) throw new Error(`${name}: the packages cannot be installed:\n${output}`);

  return {
    programs: programs.filter((program) => !(importsOnly && program.endsWith('.cjs'))),
    /** What went wrong, if anything, with this node or with another. */
    problemsOf: (program, node = process.execPath) => problemsOf(name, project, [...(runner ?? [node]), program]),
  };
}

/** The workspace as a project: what the layouts cannot install is run as it was built, and not as it was packed. */
export const workspace = {
  programs: all.filter(needsNetwork),
  problemsOf: (program, node = process.execPath) => problemsOf('workspace', home, [node, program]),
};

async function problemsOf(name, cwd, command) {
  const { code, output } = await run(command, { cwd });
  return code === 0 ? [] : [`${name}: ${command.at(-1)} fails:\n${output}`];
}

/** Whether a package can be installed without a network: it needs no package but ours. */
function isComplete(folder) {
  const {
    dependencies,
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = readJson(join(root, folder, 'package.json'));
  const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
  return [...Object.keys(dependencies ?? {}), ...peers].every((name) => name.startsWith('@artifacts/'));
}
