import { join } from 'node:path';
import { format } from 'oxfmt';
import { readDeclarations } from './declarations.mjs';
import { alphabetically, readJson } from './workspace.mjs';

/**
 * What a built package exposes, as text: every export of each entry, then the declarations that these reach, whichever
 * file they stand in. Comments, source maps and the order of imports leave no trace in it.
 *
 * @param {string} folder The package's absolute path.
 */
export async function apiText(folder) {
  const { name, exports } = readJson(join(folder, 'package.json'));
  const files = new Map();
  const fileAt = (path) => {
    if (!files.has(path)) files.set(path, { ...readDeclarations(path), reached: new Set(), outside: new Set() });
    return files.get(path);
  };

  const entries = Object.keys(exports).map((entry) => {
    const path = join(folder, exports[entry].types);
    const lines = [...fileAt(path).exported.keys()].toSorted(alphabetically).map((exported) => {
      const { from, path: home, name: local, typeOnly } = find(path, exported);
      if (home !== undefined) reach(home, local);
      const what = local === exported ? local : `${local} as ${exported}`;
      return `export ${typeOnly ? 'type ' : ''}{ ${what} } from '${from ?? nameOf(home)}';`;
    });
    return [`// ${join(name, entry)}`, ...lines].join('\n');
  });

  const sections = [...files]
    .filter(([, { reached }]) => reached.size > 0)
    .toSorted(([a], [b]) => alphabetically(a, b))
    .map(([path, { declared: all, reached, outside }]) => {
      const texts = [...all].filter(([local]) => reached.has(local)).flatMap(([, { texts: own }]) => own);
      return [`// ${nameOf(path)}`, ...[...outside].toSorted(alphabetically), ...texts].join('\n');
    });
  const { code, errors } = await format('api.d.ts', [...entries, ...sections].join('\n\n'), {
    printWidth: 120,
    singleQuote: true,
  });
  if (errors.length > 0) throw new Error(`the API of ${name} cannot be formatted: ${errors[0].message}`);
  return code;

  /** Where an export is declared: in a file of the package, or in another package, which has an API of its own. */
  function find(path, exported) {
    const binding = fileAt(path).exported.get(exported);
    if (binding === undefined) throw new Error(`${nameOf(path)} does not export ${exported}`);
    if (binding.from !== undefined) return follow(path, binding);
    const { declared, imported } = fileAt(path);
    if (!declared.has(binding.local)) {
      const home = follow(path, imported.get(binding.local));
      return { ...home, typeOnly: home.typeOnly || binding.typeOnly };
    }
    return { path, name: binding.local, typeOnly: binding.typeOnly || declared.get(binding.local).isType };
  }

  function follow(path, { from, name: imported, typeOnly }) {
    if (!from.startsWith('.')) return { from, name: imported, typeOnly };
    if (imported === '*') throw new Error(`${nameOf(path)} takes all of ${from}: name what it takes`);
    const home = find(join(path, '..', from.replace(/\.ts$/, '.d.ts')), imported);
    return { ...home, typeOnly: typeOnly || home.typeOnly };
  }

  function reach(path, local) {
    const { declared, imported, reached, outside } = fileAt(path);
    if (reached.has(local)) return;
    reached.add(local);
    const { names, imports } = declared.get(local);
    for (const mentioned of names) if (declared.has(mentioned)) reach(path, mentioned);
    const bindings = [...names].flatMap((mentioned) => imported.get(mentioned) ?? []);
    for (const binding of [...bindings, ...imports]) {
      const { path: home, from, name: there } = follow(path, binding);
      if (home !== undefined) reach(home, there);
      else outside.add(`import type ${there === '*' ? `* as ${binding.local}` : `{ ${there} }`} from '${from}';`);
    }
  }

  function nameOf(path) {
    return path
      .slice(folder.length + 1)
      .replace(/^dist\//, './')
      .replace(/\.d\.ts$/, '.ts');
  }
}
