import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ArtifactBackend } from '@artifacts/core';
import { onTestFinished } from 'vitest';

/** A directory that goes with the test, by its real path (on macOS the usual one is a link); its mode is 0700. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'artifacts-local-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Every file under the directory, by its path relative to it, sorted; directories end in a slash. */
export async function tree(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1) + (entry.isDirectory() ? '/' : ''))
    .toSorted();
}

/** The bytes under `key` as text, or `undefined` when there is no object. */
export async function textAt(backend: ArtifactBackend, key: string): Promise<string | undefined> {
  const result = await backend.read(key);
  if (result.status !== 'found') return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export async function keysOf(backend: ArtifactBackend, prefix = '', after?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of backend.list({ prefix, after })) keys.push(key);
  return keys;
}
