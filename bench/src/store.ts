import { createHash } from 'node:crypto';

import { ArtifactStore, hmacKeyring, type ArtifactBackend } from '@artifacts/core';

export const gibibyte = 1024 ** 3;

// Known to everybody who reads this: child processes must find what their parent stored.
const key = createHash('sha256').update('the key of a benchmark').digest();

/** A store with the defaults, except for the size limit: some cases are larger than 100 MiB. */
export function openStore(backend: ArtifactBackend): ArtifactStore {
  return new ArtifactStore({
    backend,
    audience: 'bench',
    signing: hmacKeyring({ active: 'bench', keys: { bench: key } }),
    maxSizeBytes: 8 * gibibyte,
  });
}
