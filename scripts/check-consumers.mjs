// What users compile: the built declarations, all of them, under each TypeScript, with and without the browser's types.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSteps } from './lib/steps.mjs';
import { cache, files, publishedFolders, readJson, report, root } from './lib/workspace.mjs';

const consumers = join(root, 'scripts', 'consumers');
const aliases = Object.keys(readJson(join(consumers, 'package.json')).devDependencies);
const versions = aliases.flatMap((name) => name.match(/^typescript-(.*)/)?.[1] ?? []);
const libraries = { node: ['es2023'], browser: ['es2023', 'dom', 'dom.iterable'] };

const folder = join(cache, 'consumers');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'entries.mts'), importOfEveryEntry());
const programs = files('examples/programs/src', /\.[cm]?ts$/);

const steps = versions.flatMap((version) =>
  Object.entries(libraries).map(([library, lib]) => {
    const project = join(folder, `tsconfig.${version}.${library}.json`);
    writeFileSync(project, JSON.stringify({ compilerOptions: optionsWith(lib), files: filesFor(version) }));
    const compiler = join(consumers, 'node_modules', `typescript-${version}`, 'bin', 'tsc');
    return { name: `${version} ${library}`, command: [process.execPath, compiler, '-p', project, '--pretty', 'false'] };
  }),
);
const { failed } = await runSteps(steps);
report(
  failed > 0 ? [`${failed} of ${steps.length} compilations failed`] : [],
  `${programs.length} programs and every entry under TypeScript ${versions.join(', ')}`,
);

function optionsWith(lib) {
  const strictness = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
  return { ...strictness, target: 'es2023', lib, types: ['node'], module: 'nodenext', noEmit: true };
}

function filesFor(version) {
  // TypeScript lets CommonJS import a module from 5.8 on.
  const readable = programs.filter((path) => !path.endsWith('.cts') || Number(version) >= 5.8);
  return ['entries.mts', ...readable.map((path) => join('..', '..', path))];
}

/** No program need use a declaration for it to be checked: one that does not compile breaks every user of its package. */
function importOfEveryEntry() {
  const entries = publishedFolders().flatMap((path) => {
    const { name, exports } = readJson(join(root, path, 'package.json'));
    return Object.keys(exports).map((entry) => join(name, entry));
  });
  // The declarations of vitest ask for more than a user of the others has.
  const specifiers = entries.filter((entry) => entry !== '@artifacts/testkit/vitest');
  return specifiers.map((specifier, index) => `export * as e${index} from '${specifier}';\n`).join('');
}
