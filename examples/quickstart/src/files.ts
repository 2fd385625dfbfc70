import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

import { homeName } from './directory.ts';

/** A file, and the id that it is stored under. */
export interface SourceFile {
  readonly id: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/** A folder to look through; the ids of its files start with `prefix`. */
export interface SourceFolder {
  readonly path: string;
  readonly prefix: string;
}

/** What is below some folders. */
export interface Found {
  readonly files: SourceFile[];
  /** What could not be looked at, a line each. */
  readonly problems: string[];
  symlinks: number;
  /** Sockets, pipes and devices. */
  specialFiles: number;
}

/** The folder that was asked for cannot be used; the message says what to do instead. */
export class FolderError extends Error {}

/** Every file below the folder that the user named. @throws {FolderError} */
export async function filesIn(folder: string): Promise<Found> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats === undefined) throw unusable(folder, 'does not exist');
  if (!stats.isDirectory()) throw unusable(folder, 'is not a folder');
  const path = await realpath(folder);
  if (path.split(sep).includes(homeName)) throw unusable(folder, 'is where this program keeps its own store');
  return filesBelow([{ path, prefix: '' }]);
}

/** Every file below some folders, in the order of their ids. Links are not followed, special files not opened. */
export async function filesBelow(folders: readonly SourceFolder[]): Promise<Found> {
  const found: Found = { files: [], problems: [], symlinks: 0, specialFiles: 0 };
  for (const folder of folders) await look(folder, found);
  found.files.sort((a, b) => (a.id < b.id ? -1 : 1));
  return found;
}

async function look(folder: SourceFolder, found: Found): Promise<void> {
  try {
    for (const entry of await readdir(folder.path, { withFileTypes: true })) {
      const path = join(folder.path, entry.name);
      const id = `${folder.prefix}${entry.name}`;
      if (entry.isSymbolicLink()) found.symlinks += 1;
      else if (entry.isFile()) await addFile(path, id, found);
      else if (!entry.isDirectory()) found.specialFiles += 1;
      // The store itself, of this run or another, is not among its sources.
      else if (entry.name !== homeName) await look({ path, prefix: `${id}/` }, found);
    }
  } catch (error) {
    found.problems.push(`"${folder.prefix}." ${fileProblem(error)}`);
  }
}

async function addFile(path: string, id: string, found: Found): Promise<void> {
  try {
    const { size: sizeBytes } = await lstat(path);
    found.files.push({ id, path, sizeBytes });
  } catch (error) {
    found.problems.push(`"${id}" ${fileProblem(error)}`);
  }
}

export function unusable(folder: string, problem: string): FolderError {
  return new FolderError(`"${folder}" ${problem}: name a folder with files, as in "npm run quickstart -- docs"`);
}

/** Why a file or folder cannot be read. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'is gone, or its name is not UTF-8';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return `cannot be read (${String(code ?? error)})`;
}
