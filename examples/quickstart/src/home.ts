import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder that this program keeps its store in, below the one it is run in. */
export const homeName = '.artifacts-quickstart';

export interface Home {
  readonly storeRoot: string;
  readonly signingKey: string;
}

/** Makes the folder, unless it is there, and gives the key that signs its store. */
export async function prepareHome(): Promise<Home> {
  await mkdir(homeName, { mode: 0o700, recursive: true });
  // Whatever repository this is run in, git leaves the folder alone.
  await writeFile(join(homeName, '.gitignore'), '*\n');
  return { storeRoot: join(homeName, 'store'), signingKey: await persistentKey(join(homeName, 'signing-key')) };
}

/** What one run signed, only the same key verifies in the next. An application has its key from its secrets manager. */
async function persistentKey(path: string): Promise<string> {
  const fresh = `base64:${randomBytes(32).toString('base64')}`;
  try {
    // "wx" creates the file or fails: a key that is there is never replaced.
    await writeFile(path, `${fresh}\n`, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await readFile(path, 'utf8')).trim();
  }
}
