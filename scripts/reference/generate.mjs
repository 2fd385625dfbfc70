import { join, relative } from 'node:path';
import { Application, TSConfigReader } from 'typedoc';
import { publishedFolders, readJson, root } from '../lib/workspace.mjs';

/**
 * Writes what the docstrings of every entry point say, as Markdown. The same sources give the same files on every machine.
 *
 * @param {string} out The folder to write; what it held is removed.
 */
export async function generateReference(out) {
  const entries = publishedFolders().flatMap((folder) => {
    const { name, exports } = readJson(join(root, folder, 'package.json'));
    return Object.entries(exports).map(([entry, conditions]) => ({
      name: join(name, entry),
      path: join(root, folder, conditions['@artifacts/source']),
    }));
  });
  const options = {
    out,
    entryPoints: entries.map(({ path }) => path),
    tsconfig: join(root, 'scripts', 'reference', 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    name: 'API reference',
    readme: 'none',
    logLevel: 'Warn',
    treatWarningsAsErrors: true,
    // Nothing of the machine or of the repository's state may show.
    disableGit: true,
    disableSources: true,
    hideGenerator: true,
    excludeExternals: true,
    excludeInternal: true,
    outputFileStrategy: 'modules',
    excludeScopesInPaths: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: 'table',
    propertiesFormat: 'table',
    typeDeclarationFormat: 'table',
  };
  const app = await Application.bootstrapWithPlugins(options, [new TSConfigReader()]);
  const project = await app.convert();
  if (project === undefined) throw new Error('the sources do not compile');

  // Modules are named by their files; users know them by what they import.
  const names = new Map(entries.map(({ name, path }) => [moduleName(path), name]));
  for (const module of project.children) module.name = names.get(module.name) ?? fail(module.name);

  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('the reference has the problems above');
}

function moduleName(path) {
  return relative(join(root, 'packages'), path).replace(/(?:\/index)?\.ts$/, '');
}

function fail(name) {
  throw new Error(`${name} is no entry point of a package`);
}
