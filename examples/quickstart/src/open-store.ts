import { type ArtifactBackend, ArtifactStore, hmacKeyring, type Observer } from '@artifacts/core';

/** A store on whatever the backend keeps its bytes in. Nothing is read or written yet. */
export function openStore(
  backend: ArtifactBackend,
  signingKey: string,
  observers: readonly Observer[] = [],
): ArtifactStore {
  return new ArtifactStore({
    backend,
    // To rotate, add a key, make it the active one, and keep "k1" for what it signed.
    signing: hmacKeyring({ active: 'k1', keys: { k1: signingKey } }),
    // Signed into every record: the records of another store, say of production, mean nothing here.
    audience: 'quickstart',
    // The default of 100 MiB is about the size of a node binary, and some are larger.
    maxSizeBytes: 1024 ** 3,
    observers,
  });
}
