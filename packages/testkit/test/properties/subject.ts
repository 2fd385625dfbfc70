import { createHash } from 'node:crypto';

import { type ArtifactBackend, ArtifactStore, type ArtifactStoreOptions, hmacKeyring } from '@artifacts/core';

/** When the clocks of all examples begin: 2026-01-01. */
export const startTime = 1_767_225_600_000;

/** Before every clock, and so before every expiry. */
export const earlyTime = startTime - 1000 * 3_600_000;

const signing = hmacKeyring({ active: 'k', keys: { k: createHash('sha256').update('properties').digest() } });

/** A store that remembers nothing, never waits, and keeps little inside of its records. */
export function storeOver(backend: ArtifactBackend, options: Partial<ArtifactStoreOptions> = {}): ArtifactStore {
  return new ArtifactStore({
    backend,
    signing,
    audience: 'properties',
    inlineBytes: 64,
    cachedRecords: 0,
    sleep: async () => {},
    ...options,
  });
}
