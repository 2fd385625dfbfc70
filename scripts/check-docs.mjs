// Every ```ts block of the documentation is a module that compiles against the built packages, as a reader would use it.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, files, report, root, run, tool, workspaceFolders } from './lib/workspace.mjs';

const folder = join(cache, 'docs');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...workspaceFolders().flatMap((path) => files(path, /^README\.md$/)),
  ...files('docs', /\.md$/),
];
const blocks = documents.flatMap(blocksOf);
const problems = blocks
  .filter(({ info }) => info !== 'ts' && /^(?:[cm]?[jt]sx?|typescript|javascript)\b/.test(info))
  .map(({ path, line, info }) => `${path}(${line}): "${info}" is not compiled: write ts for code, text for the rest`);

const modules = new Map();
for (const { path, line, code } of blocks.filter(({ info }) => info === 'ts')) {
  const module = `${path.replaceAll('/', '__')}.${line}.ts`;
  modules.set(module, path);
  // The padding makes the compiler's line numbers those of the document.
  writeFileSync(join(folder, module), '\n'.repeat(line) + code);
}

if (modules.size > 0) {
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.base.json',
      compilerOptions: { noEmit: true, customConditions: [], noUnusedLocals: false, noUnusedParameters: false },
      include: ['*.ts'],
    }),
  );
  const { code, output } = await run(tool('tsc', '-p', folder, '--pretty', 'false'));
  const readable = output.replaceAll(/^\S*?([^/\s]+\.ts)\(/gm, (whole, module) =>
    modules.has(module) ? `${modules.get(module)}(` : whole,
  );
  if (code !== 0) problems.push(readable.trimEnd());
}
report(problems, `${modules.size} code blocks in ${documents.length} documents`);

function blocksOf(path) {
  const found = [];
  let open;
  for (const [index, line] of readFileSync(join(root, path), 'utf8').split('\n').entries()) {
    const fence = line.match(/^\s*(`{3,})\s*(.*?)\s*$/);
    if (open === undefined && fence) open = { path, line: index + 1, fence: fence[1], info: fence[2], lines: [] };
    else if (open !== undefined && fence?.[2] === '' && fence[1].length >= open.fence.length) {
      found.push({ ...open, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else open?.lines.push(line);
  }
  return found;
}
