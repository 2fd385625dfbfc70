import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { root } from '../lib/workspace.mjs';

/** Every backend: the file that makes it, the name by which others import it, and the folder whose tests are all about it. */
const backends = [
  { name: 'memory', file: 'packages/core/src/memory.ts', imported: '@artifacts/core/memory' },
  {
    name: 'local',
    file: 'packages/backend-local/src/local-backend.ts',
    imported: '@artifacts/backend-local',
    home: 'packages/backend-local/',
  },
  {
    name: 's3',
    file: 'packages/backend-s3/src/s3-backend.ts',
    imported: '@artifacts/backend-s3',
    home: 'packages/backend-s3/',
  },
  {
    name: 'sqlite',
    file: 'examples/backend-sqlite/src/sqlite-backend.ts',
    imported: '@artifacts-examples/backend-sqlite',
    home: 'examples/backend-sqlite/',
  },
];

/** The names of `found`, once each, in one order. */
export function inOrder(found) {
  return backends.map(({ name }) => name).filter((name) => found.includes(name));
}

/** The backends that a test file has at hand, itself or through what it imports. */
export function backendsOf(path) {
  const atHome = backends.find(({ home }) => home !== undefined && path.startsWith(home));
  if (atHome !== undefined) return [atHome.name];
  const reached = new Set([path]);
  for (const file of reached) for (const next of importsOf(file)) reached.add(next);
  return backends.filter(({ file, imported }) => reached.has(file) || reached.has(imported)).map(({ name }) => name);
}

const imports = new Map();

/** What a file imports for more than types: files of the repository by their path, everything else as it is written. */
function importsOf(path) {
  let found = imports.get(path);
  if (found === undefined) {
    const code = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
    found = [...code.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '([^']+)';/gms)].map(([, name]) =>
      name.startsWith('.') ? normalize(join(dirname(path), name)) : name,
    );
    imports.set(path, found);
  }
  return found;
}
