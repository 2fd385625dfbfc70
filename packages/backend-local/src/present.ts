import { type FileStat, type FileSystem, isMissing, systemCode } from './filesystem.ts';
import { irregularVersion, versionOf } from './versions.ts';

/** What is at the path at this moment, not following it; `undefined` when nothing is. */
export async function statPresent(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The version of what is at the path, whatever it is. */
export function versionIn(stat: FileStat): string {
  return stat.isFile() ? versionOf(stat) : irregularVersion;
}

export async function presentVersion(fs: FileSystem, path: string): Promise<string | undefined> {
  const stat = await statPresent(fs, path);
  return stat === undefined ? undefined : versionIn(stat);
}

/** The names in a directory, none when it is not there. Something else in its place is an error. */
export async function namesIn(fs: FileSystem, path: string): Promise<string[]> {
  try {
    return await fs.readdir(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
