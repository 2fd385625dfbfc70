import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ArtifactError, configuration } from './errors.ts';

/**
 * Imports a package that the application has installed. It is looked for from the application's own folder: in layouts
 * such as pnpm's, core cannot see what it does not depend on.
 *
 * @throws `CONFIGURATION` with the command that installs it, or with the field `resolveFrom`
 */
export async function importInstalled(
  name: string,
  install: string,
  resolveFrom: string | URL | undefined,
): Promise<unknown> {
  const folders = resolveFrom === undefined ? applicationFolders() : [folderUrl(resolveFrom)];
  try {
    const path = firstResolved(name, folders);
    if (path !== undefined) return await import(pathToFileURL(path).href);
  } catch (cause) {
    const message = `the package ${name} could not be loaded: see its cause, or install it again with npm install ${install}`;
    throw new ArtifactError('CONFIGURATION', message, { field: 'backend', expected: name, cause });
  }
  throw new ArtifactError(
    'CONFIGURATION',
    `the package ${name} is not installed where the application is: npm install ${install} (or say where with resolveFrom)`,
    { field: 'backend', expected: name },
  );
}

/**
 * The folder of the program that was started, also behind the link that started it. Never the working directory of a
 * program: code of a folder that it only works on would run with its keys.
 */
function applicationFolders(): URL[] {
  const [, program] = process.argv;
  if (program === undefined) return [folderUrl(process.cwd())];
  return [...new Set([program, realPath(program)])].map((path) => folderUrl(dirname(path)));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Started by another name than that of a file, such as without its extension.
    return path;
  }
}

function firstResolved(name: string, folders: readonly URL[]): string | undefined {
  for (const folder of folders) {
    try {
      // Node resolves relative to a file, so one is named in the folder; it need not exist.
      return createRequire(new URL('package.json', folder)).resolve(name);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')) throw error;
    }
  }
  return undefined;
}

function folderUrl(folder: unknown): URL {
  const path = folder instanceof URL ? folder.href : folder;
  if (typeof path !== 'string' || path === '' || (folder instanceof URL && folder.protocol !== 'file:'))
    throw configuration('resolveFrom', 'resolveFrom is no folder: give a path or a file: URL');
  const { href } = /^file:/i.test(path) ? new URL(path) : pathToFileURL(path);
  return new URL(href.endsWith('/') ? href : `${href}/`);
}
