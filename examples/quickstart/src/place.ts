import type { ArtifactBackend } from '@artifacts/core';

/** Where a run keeps its store. Disposing closes what was opened, and removes what is not to stay. */
export interface Place extends AsyncDisposable {
  /** For people. */
  readonly name: string;
  readonly signingKey: string;
  /** What becomes of the store, in a sentence. */
  readonly afterwards: string;
  /** The storage of the store. */
  store(): ArtifactBackend;
  /** Another one, empty, which does not stay. */
  scratch(): ArtifactBackend;
}
