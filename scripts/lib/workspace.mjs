import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Scratch space of the checks: ignored by git, inside the repository so that imports resolve as they do for a user. */
export const cache = join(root, '.cache');

/** In CI nothing that should have been checked may be left out. */
export const inCi = /^(1|true)$/i.test(process.env.CI ?? '');

// npm hands its own settings to the scripts it runs (`--silent`, `--json`, its prefix), and pnpm would take them for its
// own. What is needed to reach a registry, or to do without it, stays.
const connectionSetting =
  /^npm_config_(?:.*registry|.*proxy|ca|cafile|cache|strict_ssl|userconfig|globalconfig|\/\/.*)$/i;

function childEnv() {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || connectionSetting.test(name));
  return {
    ...Object.fromEntries(kept),
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    DO_NOT_TRACK: '1',
    TURBO_TELEMETRY_DISABLED: '1',
  };
}

/**
 * Runs a program to its end, or to that of `timeout` milliseconds, which counts as failed. Its output is collected, or shown
 * as it comes with `show: true`.
 *
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run([command, ...args], { show = false, cwd = root, env = {}, timeout } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      timeout,
      env: { ...childEnv(), ...env },
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (output += text));
    // Nobody is left to see how it ends.
    const end = () => child.kill();
    process.once('exit', end);
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('exit', end);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** The command line of a tool that the workspace installs. */
export function tool(name, ...args) {
  return [join(root, 'node_modules', '.bin', name), ...args];
}

/** The command line of the pinned pnpm: the machine needs no pnpm of its own. */
export function pnpm(...args) {
  const { packageManager } = readJson(join(root, 'package.json'));
  // Without --yes, npx waits for an answer that nobody gives when its input is a pipe.
  return ['npx', '--yes', packageManager, ...args];
}

/** The command line that builds the named workspace packages with all they depend on, or everything. */
export function build(...names) {
  // turbo looks for pnpm on the PATH, and only pnpm puts it there.
  return pnpm('exec', 'turbo', 'run', 'build', '--ui=stream', ...names.map((name) => `--filter=${name}...`));
}

/** Installs what the lockfile says, and tells whether that worked. */
export async function tryInstall() {
  const flags = ['--frozen-lockfile', '--prefer-offline', '--config.confirm-modules-purge=false'];
  const { code, output } = await run(pnpm('install', ...flags));
  // Error messages of a package manager name the registry, which is nobody's business in a log.
  if (code !== 0) console.error(output.replaceAll(/https?:\/\/[^\s"')]+/g, '<url>'));
  return code === 0;
}

/** Installs what the lockfile says, or ends the process: nothing else can work then. */
export async function install() {
  if (await tryInstall()) return;
  console.error('install failed');
  process.exit(1);
}

/**
 * Installs, builds and runs one program of the workspace, and takes over its exit code. `prepare` is called when everything is built
 * and gives the program its variables.
 */
export async function runProgram(folder, args, prepare = async () => ({})) {
  await install();
  const built = await run(build(readJson(join(root, folder, 'package.json')).name));
  if (built.code !== 0) {
    console.error(built.output);
    process.exit(built.code);
  }
  // Relative paths mean what they meant where the user typed them.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const program = [process.execPath, join(root, folder, 'dist', 'main.js'), ...args];
  const { code } = await run(program, { show: true, cwd, env: await prepare() });
  process.exitCode = code;
}

export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The folders of the packages, relative to the root. */
export function packageFolders() {
  return workspaceFolders().filter((folder) => folder.startsWith('packages/'));
}

/** The folders of the packages that users install, relative to the root. */
export function publishedFolders() {
  return packageFolders().filter((folder) => !readJson(join(root, folder, 'package.json')).private);
}

/** The folders of everything the workspace builds, relative to the root. */
export function workspaceFolders() {
  const children = (folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
  return [...children('packages'), ...children('examples'), 'bench']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .toSorted(alphabetically);
}

/** Every file below `folder` whose name matches, relative to the root, without what is installed or generated. */
export function files(folder, pattern) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !/(?:^|\/)(?:node_modules|dist|coverage)\//.test(path))
    .toSorted(alphabetically);
}

export function alphabetically(a, b) {
  return a < b ? -1 : Number(a > b);
}

/** Prints what a check found, one problem a line, and sets the exit code. Silence is not an answer: `fine` is printed when there is none. */
export function report(problems, fine) {
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(fine);
  else process.exitCode = 1;
}
