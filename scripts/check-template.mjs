// A new author's first minutes, outside of the repository: the packed testkit makes a package, and that package is installed, built,
// tested and opened by its URL. What it needs from others comes from the workspace, as there may be no network.
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { withTarballs } from './lib/consumers.mjs';
import { readJson, report, root, run } from './lib/workspace.mjs';

/** Where each package that an author gets from the registry is in the workspace. */
const tools = {
  '@types/node': join(root, 'node_modules', '@types', 'node'),
  typescript: join(root, 'scripts', 'consumers', 'node_modules', 'typescript-5.9'),
  vitest: join(root, 'node_modules', 'vitest'),
};

const problems = [];
await withTarballs(async ({ folder, tarballs }) => {
  const home = join(folder, 'author');
  mkdirSync(home);
  const ours = Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:../tarballs/${basename(path)}`]));
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, dependencies: ours }));
  const npmInstall = ['npm', 'install', '--offline', '--no-audit', '--no-fund'];
  if (!(await succeeds(npmInstall, home))) return;
  const create = ['npx', '--offline', 'artifacts-create-backend', '../my-backend'];
  if (!(await succeeds(create, home))) return;

  const made = join(folder, 'my-backend');
  const manifest = readJson(join(made, 'package.json'));
  const missing = Object.keys(manifest.devDependencies).filter((name) => !(name in { ...ours, ...tools }));
  problems.push(...missing.map((name) => `the template needs ${name}, which this check cannot provide`));
  const local = Object.entries(manifest.devDependencies).flatMap(([name]) =>
    name in ours ? [[name, ours[name]]] : [],
  );
  const offline = { ...manifest, devDependencies: Object.fromEntries(local) };
  writeFileSync(join(made, 'package.json'), JSON.stringify(offline));
  if (!(await succeeds(npmInstall, made))) return;
  for (const [name, path] of Object.entries(tools)) {
    const link = join(made, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(path), link);
  }
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(join(realpathSync(tools.typescript), 'bin', 'tsc'), join(bin, 'tsc'));
  symlinkSync(join(realpathSync(tools.vitest), 'vitest.mjs'), join(bin, 'vitest'));
  const env = { PATH: [bin, process.env.PATH].join(delimiter) };
  await succeeds(['npm', 'run', 'build'], made, { env });
  await succeeds(['npm', 'test'], made, { env, says: /\bpassed\b/ });
  await succeeds(['npm', 'pack', '--dry-run'], made, {
    says: /README\.md[\s\S]*dist\/my-backend\.js/,
    never: /\.test\./,
  });

  writeFileSync(join(made, 'open.mjs'), openedByUrl(manifest.name));
  await succeeds([process.execPath, 'open.mjs'], made);
  await succeeds(create, home, { code: 2, says: /not empty/ });
  if (readFileSync(join(made, 'open.mjs'), 'utf8') !== openedByUrl(manifest.name))
    problems.push('a file was overwritten');
});
report(problems, 'a new package is made, built, tested and opened');

/** A package can import itself by its name, as an application would. */
function openedByUrl(name) {
  return `import { randomBytes } from 'node:crypto';
import { hmacKeyring, openArtifactStore } from '@artifacts/core';
const store = await openArtifactStore('my://first', {
  loaders: { my: () => import('${name}') },
  signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
  audience: 'template',
});
await store.upload('id', 'text');
if ((await (await store.download('id')).text()) !== 'text') throw new Error('the text is not what was stored');
await store.close();
`;
}

async function succeeds(command, cwd, { env, code = 0, says = /(?:)/, never = /(?!)/ } = {}) {
  const ended = await run(command, { cwd, env });
  const isGood = ended.code === code && says.test(ended.output) && !never.test(ended.output);
  if (!isGood) problems.push(`${command.join(' ')} ended with ${ended.code}:\n${ended.output}`);
  return isGood;
}
