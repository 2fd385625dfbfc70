// The API reference says what the docstrings say.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, files, report, root } from './lib/workspace.mjs';
import { generateReference } from './reference/generate.mjs';

const kept = 'docs/api';
const made = '.cache/reference';
await generateReference(join(cache, 'reference'));

const pages = (folder) => files(folder, /./).map((path) => path.slice(folder.length + 1));
const all = [...new Set([...pages(kept), ...pages(made)])];
const read = (folder, page) => {
  const path = join(root, folder, page);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
const problems = all
  .filter((page) => read(kept, page) !== read(made, page))
  .map((page) => `${kept}/${page}: not what the docstrings say: run npm run docs`);
report(problems, `${all.length} pages`);
