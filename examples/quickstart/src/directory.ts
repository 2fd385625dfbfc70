import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { localBackend } from '@artifacts/backend-local';
import type { ArtifactBackend } from '@artifacts/core';

import type { Place } from './place.ts';

/** The folder that this program keeps its store in, below the one it is run in. */
export const homeName = '.artifacts-quickstart';

/** A directory of this machine. Makes the folder, unless it is there. */
export async function openDirectory(): Promise<Place> {
  await mkdir(homeName, { mode: 0o700, recursive: true });
  // Whatever repository this is run in, git leaves the folder alone.
  await writeFile(join(homeName, '.gitignore'), '*\n');
  return new Directory(await persistentKey(join(homeName, 'signing-key')));
}

class Directory implements Place {
  readonly name = homeName;
  readonly signingKey: string;
  readonly afterwards = `To remove it: rm -r ${homeName}`;
  readonly #scratch = join(homeName, `scratch-${randomUUID()}`);

  constructor(signingKey: string) {
    this.signingKey = signingKey;
  }

  store(): ArtifactBackend {
    return localBackend({ root: join(homeName, 'store') });
  }

  scratch(): ArtifactBackend {
    // It need not survive a loss of power.
    return localBackend({ root: this.#scratch, durability: 'process' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#scratch, { recursive: true, force: true });
  }
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
