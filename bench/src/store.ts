import { createHash } from 'node:crypto';

import {
  ArtifactStore,
  hmacKeyring,
  type ArtifactBackend,
  type ArtifactStoreOptions,
  type KeyProvider,
} from '@artifacts/core';

export const gibibyte = 1024 ** 3;

// Known to everybody who reads this: child processes must find what their parent stored.
export const hmacSecret = createHash('sha256').update('the key of a benchmark').digest();

/** One HMAC key, as the store has it by default here. */
export function hmacKeys(): KeyProvider {
  return hmacKeyring({ active: 'bench', keys: { bench: hmacSecret } });
}

/** A store with the defaults, except for the size limit: some cases are larger than 100 MiB. */
export function openStore(
  backend: ArtifactBackend,
  { signing = hmacKeys(), observers = [] }: Partial<Pick<ArtifactStoreOptions, 'signing' | 'observers'>> = {},
): ArtifactStore {
  return new ArtifactStore({ backend, audience: 'bench', signing, observers, maxSizeBytes: 8 * gibibyte });
}
