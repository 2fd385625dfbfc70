import { createHash } from 'node:crypto';

import { type ArtifactBackend, ArtifactStore, type ArtifactStoreOptions, hmacKeyring } from '@artifacts/core';

import type { Harness } from '../harness.ts';

export const inlineBytes = 64 * 1024;

/** A moment that no clock of a test machine shows: every time in a rule comes from an injected clock. */
export const start = 1_900_000_000_000;

/** A clock that only moves when it is told to. */
export interface Clock {
  now: number;
}

const signing = keysOf('rules');

export function keysOf(name: string): ArtifactStoreOptions['signing'] {
  return hmacKeyring({ active: name, keys: { [name]: createHash('sha256').update(`key ${name}`).digest() } });
}

/** A store on a backend, with keys and an audience that all rules share. */
export function storeOn(backend: ArtifactBackend, options: Partial<ArtifactStoreOptions> = {}): ArtifactStore {
  return new ArtifactStore({ backend, signing, audience: 'rules', inlineBytes, now: () => start, ...options });
}

export async function openStore(harness: Harness, options: Partial<ArtifactStoreOptions> = {}): Promise<ArtifactStore> {
  return storeOn(await harness.open(), options);
}

/** Two stores over two handles on one storage, as two processes would have. */
export async function twoStores(harness: Harness): Promise<readonly [ArtifactStore, ArtifactStore]> {
  return [await openStore(harness), await openStore(harness)];
}
