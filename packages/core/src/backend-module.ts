import type { ArtifactBackend } from './backend.ts';

/** What opening a backend may need besides its address. */
export interface BackendContext {
  /** The environment variables that count, such as those of credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts the opening; a module that does no I/O may ignore it. */
  readonly signal?: AbortSignal | undefined;
}

/** A backend's address as members: its name, and what that backend's own options are. */
export interface BackendConfig {
  /** A scheme as in a URL: `file` (or `local`), `memory`, `s3`, or one of the given loaders. */
  readonly backend: string;
  readonly [option: string]: unknown;
}

/**
 * What a package exports so that its backend can be opened by URL. Whatever these functions refuse is an `ArtifactError` with
 * the code `CONFIGURATION` and its field, and never quotes the URL, which may hold a credential. Who opened the backend closes it.
 */
export interface BackendModule {
  /** `url` is as it was given, with its scheme: what it means is the module's. */
  backendFromUrl(url: string, context: BackendContext): ArtifactBackend | Promise<ArtifactBackend>;
  /** The same for an address in members. A module without it is opened by URL only. */
  backendFromConfig?(config: BackendConfig, context: BackendContext): ArtifactBackend | Promise<ArtifactBackend>;
}

/** How to get a module, when it is asked for: `() => import('@acme/artifacts-gcs')`. */
export type BackendLoader = () => Promise<unknown>;
