import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ArtifactError } from './errors.ts';

/**
 * Imports a package that the application has installed. It is looked for from the application's own folder: in layouts
 * such as pnpm's, core cannot see what it does not depend on.
 *
 * @throws `CONFIGURATION` with the command that installs it
 */
export async function importInstalled(
  name: string,
  install: string,
  resolveFrom: string | URL | undefined,
): Promise<unknown> {
  const folders = resolveFrom === undefined ? applicationFolders() : [resolveFrom];
  const path = firstResolved(name, folders);
  if (path === undefined) {
    throw new ArtifactError(
      'CONFIGURATION',
      `the package ${name} is not installed where the application is: npm install ${install} (or say where with resolveFrom)`,
      { field: 'backend', expected: name },
    );
  }
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new ArtifactError(
      'CONFIGURATION',
      `the package ${name} could not be loaded: see its cause, or install it again with npm install ${install}`,
      { field: 'backend', expected: name, cause },
    );
  }
}

/** The folder of the program that was started, then the working directory: a global runner starts programs from elsewhere. */
function applicationFolders(): string[] {
  const [, program] = process.argv;
  return [...(program === undefined ? [] : [dirname(program)]), process.cwd()];
}

function firstResolved(name: string, folders: readonly (string | URL)[]): string | undefined {
  for (const folder of folders) {
    try {
      return requireFrom(folder).resolve(name);
    } catch {
      // Looked for in the next folder; that it is in none is told by whoever asked.
    }
  }
  return undefined;
}

function requireFrom(folder: string | URL): NodeJS.Require {
  // Node resolves relative to a file, so one is named in the folder; it need not exist.
  const url = folder instanceof URL || /^file:/i.test(folder) ? new URL(folder) : pathToFileURL(folder);
  return createRequire(new URL('package.json', url.href.endsWith('/') ? url : `${url.href}/`));
}
