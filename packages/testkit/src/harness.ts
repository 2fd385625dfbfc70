import type { ArtifactBackend } from '@artifacts/core';

/**
 * One fresh, empty storage. Every rule gets its own, so no rule depends on what another left behind.
 *
 * What a harness need not have is there for rules of its own: where it is missing, these are not run.
 */
export interface Harness {
  /** What is under test, for reports: `local`, `s3 behind a prefix`. */
  readonly name?: string | undefined;

  /**
   * How many bytes a key may have here. By default 1,024, which is what the contract allows; less where the harness
   * puts a prefix in front of every key.
   */
  readonly maxKeyBytes?: number | undefined;

  /** How another process opens this storage. Not for a storage that lives in this process. */
  readonly otherProcess?: OtherProcess | undefined;

  /** A new handle. All handles of one harness must be on the same storage. */
  open(): Promise<ArtifactBackend> | ArtifactBackend;

  /** A handle whose listings ask the medium for `objects` at a time, where the medium lists in pages. */
  openPaged?(objects: number): Promise<ArtifactBackend> | ArtifactBackend;

  /** A handle on a medium that cannot be used: one that is not there, or a server that refuses. */
  openUnusable?(): Promise<ArtifactBackend> | ArtifactBackend;

  /** Closes the handles and removes the storage. Called once, whether the rule held or not. */
  dispose?(): Promise<void>;
}

/** How another process opens the storage of a harness. */
export interface OtherProcess {
  /**
   * The URL of a module that plain Node can load. Its export `open` is called with `data` and must give a handle on the
   * same storage, or a promise of one.
   */
  readonly module: string | URL;
  /** Tells the storage apart: a folder, an endpoint and a prefix. Must be cloneable. */
  readonly data?: unknown;
}

/** Makes a harness on a storage that nothing else uses. */
export type HarnessFactory = () => Promise<Harness> | Harness;

/** What a harness need not have. */
export type HarnessExtra = 'otherProcess' | 'openPaged' | 'openUnusable';
