import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ArtifactBackend } from '@artifacts/core';

import type { Harness, HarnessFactory } from '../harness.ts';

const module = new URL('../../test/processes/modules/files-backend.mjs', import.meta.url).href;

type Open = (data: { root: string; fault?: string | undefined }) => ArtifactBackend;

/** A harness on files, which several processes can open; with a fault that one process alone never shows. */
export async function onFiles(fault?: string): Promise<Harness & { readonly dispose: () => Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'testkit-processes-'));
  for (const folder of ['objects', 'locks', 'staging']) await mkdir(join(root, folder));
  const { open } = (await import(module)) as { open: Open };
  const data = { root, fault };
  return {
    otherProcess: { module, data },
    open: () => open(data),
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}

const faults = [
  ['remembers', 'what one process wrote or deleted every other sees at once'],
  ['checks absent alone', 'of sixteen concurrent creates from four processes exactly one wins'],
  [
    'checks absent alone',
    'a lock made of conditional create and conditional delete has one holder at a time among four processes',
  ],
  ['checks version alone', 'of sixteen concurrent swaps of one version from four processes exactly one wins'],
  ['checks version alone', 'a counter that four processes raise by compare and swap loses no step'],
  [
    'checks a delete alone',
    'a conditional delete and a conditional write of one version from two processes never both succeed',
  ],
  ['writes in place', 'a process that is killed in the middle of a write leaves what was there, and stops no other'],
] as const;

/** Faults between processes. */
export const brokenProcesses: readonly {
  fault: string;
  caughtBy: string;
  sound: HarnessFactory;
  broken: HarnessFactory;
}[] = faults.map(([fault, caughtBy]) => ({
  fault: `${fault}, in each of several processes`,
  caughtBy,
  sound: () => onFiles(),
  broken: () => onFiles(fault),
}));
