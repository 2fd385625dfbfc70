import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Found, filesBelow, type SourceFolder, unusable } from './files.ts';

/** Where pnpm keeps the packages of this workspace, each in a folder of its own: `@scope+name@version_peers`. */
const packages = fileURLToPath(new URL('../../../node_modules/.pnpm', import.meta.url));

/** Files that every checkout has: the AWS SDK (many small ones), TypeScript's native compiler, and node (one large). */
export async function sampleFiles(): Promise<Found> {
  const names = await readdir(packages).catch(() => []);
  const found = await filesBelow(packageFolders(names));
  if (found.files.length === 0) throw unusable('this workspace', 'has no packages installed');
  const node = process.execPath;
  const { size: sizeBytes } = await lstat(node);
  // First, because the largest file, begun last, would be under way alone at the end.
  found.files.unshift({ id: `node@${process.versions.node}/${basename(node)}`, path: node, sizeBytes });
  return found;
}

function packageFolders(names: readonly string[]): SourceFolder[] {
  const folders = new Map<string, SourceFolder>();
  for (const name of names) {
    const [, scope, packageName, version] = /^(@aws-sdk|@typescript)\+([^@]+)@([^_]+)/.exec(name) ?? [];
    if (scope === undefined || packageName === undefined) continue;
    const prefix = `${scope}/${packageName}@${version}/`;
    // The same version may be there for several peers; once is enough.
    folders.set(prefix, { prefix, path: join(packages, name, 'node_modules', scope, packageName) });
  }
  return [...folders.values()];
}
