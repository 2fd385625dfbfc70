import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** A directory that goes with the test, by its real path: on macOS the usual one is a link. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'artifacts-core-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).toSorted();
}

const descriptors = '/proc/self/fd';

/** The files in the directory, and the directory itself, that this process has open now. Only Linux tells. */
export function openIn(directory: string): string[] {
  return readdirSync(descriptors)
    .map(pathOfDescriptor)
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .toSorted();
}

function pathOfDescriptor(descriptor: string): string {
  try {
    return readlinkSync(join(descriptors, descriptor));
  } catch {
    // That of the listing itself is closed by now.
    return '';
  }
}
