import type { BackendConfig, BackendLoader } from './backend-module.ts';
import type { Environment } from './environment.ts';
import { ArtifactError } from './errors.ts';
import type { JsonObject } from './json.ts';
import { keyringFromEnvironment, verificationKeysFromEnvironment } from './keyring-environment.ts';
import { loadBackend } from './load-backend.ts';
import { ArtifactReader } from './reader.ts';
import { Session } from './session.ts';
import type { ArtifactBackend } from './backend.ts';
import {
  environmentOf,
  readingEnvironmentOf,
  type ArtifactReaderOptions,
  type ArtifactStoreOptions,
} from './store-options.ts';
import { ArtifactStore } from './store.ts';

/** Where a backend is: a URL such as `file:./artifacts`, `memory:` or `s3://bucket/prefix?region=eu-west-1`, or its members. */
export type BackendTarget = string | URL | BackendConfig;

/** How a backend is found and opened. */
export interface OpeningOptions {
  /** Modules for other schemes, and for other modules of the known ones: `{ gcs: () => import('@acme/artifacts-gcs') }`. */
  readonly loaders?: Readonly<Record<string, BackendLoader>> | undefined;
  /** The folder from which the packages of `file:` and `s3:` are resolved; by default the started program's, then the working directory. */
  readonly resolveFrom?: string | URL | undefined;
  /** By default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Aborts the opening. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a store that is opened by address; what is left out comes from the environment. */
export interface OpenStoreOptions<Input = JsonObject, Output = Input>
  extends Omit<ArtifactStoreOptions<Input, Output>, 'backend' | 'signing' | 'audience'>, OpeningOptions {
  /** By default the keys of `ARTIFACT_SIGNING_KEY` or `ARTIFACT_SIGNING_KEY_FILE`. */
  readonly signing?: ArtifactStoreOptions['signing'] | undefined;
  /** By default `ARTIFACT_AUDIENCE`. */
  readonly audience?: string | undefined;
}

/** Options of a reader that is opened by address; what is left out comes from the environment. */
export interface OpenReaderOptions<Metadata = JsonObject>
  extends Omit<ArtifactReaderOptions<Metadata>, 'backend' | 'signing' | 'audience'>, OpeningOptions {
  /** By default the keys of `ARTIFACT_SIGNING_KEY` or `ARTIFACT_SIGNING_KEY_FILE`; public ones suffice. */
  readonly signing?: ArtifactReaderOptions['signing'] | undefined;
  /** By default `ARTIFACT_AUDIENCE`. */
  readonly audience?: string | undefined;
}

/**
 * Opens a store by the address of its backend, by default `ARTIFACT_URL`. The backend's code is loaded only now. Closing the store
 * closes the backend.
 *
 * Does no I/O on the storage; `ready()` looks at it.
 *
 * @throws `CONFIGURATION` with the field that is missing or wrong; for a package that is not installed, with the command that installs it
 */
export async function openArtifactStore<Input = JsonObject, Output = Input>(
  target?: BackendTarget,
  options: OpenStoreOptions<Input, Output> = {},
): Promise<ArtifactStore<Input, Output>> {
  const { env = process.env } = options;
  const signing = options.signing ?? keyringFromEnvironment(env);
  const audience = options.audience ?? requireVariable(env, 'ARTIFACT_AUDIENCE', 'audience');
  const session = await openSession(target, { ...options, env }, (backend) =>
    environmentOf<Input, Output>({ ...options, backend, signing, audience }),
  );
  return new ArtifactStore<Input, Output>(session);
}

/**
 * Opens a reader by the address of its backend, by default `ARTIFACT_URL`; otherwise as {@link openArtifactStore}. For processes that
 * must not write: public keys suffice, and nothing is probed.
 *
 * @throws `CONFIGURATION` with the field that is missing or wrong
 */
export async function openArtifactReader<Metadata = JsonObject>(
  target?: BackendTarget,
  options: OpenReaderOptions<Metadata> = {},
): Promise<ArtifactReader<Metadata>> {
  const { env = process.env } = options;
  const signing = options.signing ?? verificationKeysFromEnvironment(env);
  const audience = options.audience ?? requireVariable(env, 'ARTIFACT_AUDIENCE', 'audience');
  const session = await openSession(target, { ...options, env }, (backend) =>
    readingEnvironmentOf<Metadata>({ ...options, backend, signing, audience }),
  );
  return new ArtifactReader<Metadata>(session);
}

type Variables = Readonly<Record<string, string | undefined>>;

async function openSession(
  target: BackendTarget | undefined,
  { loaders = {}, resolveFrom, env, signal }: OpeningOptions & { readonly env: Variables },
  environmentOver: (backend: ArtifactBackend) => Environment,
): Promise<Session> {
  const address = target ?? requireVariable(env, 'ARTIFACT_URL', 'target');
  const backend = await loadBackend(address, { loaders, resolveFrom, env, signal });
  try {
    return new Session(environmentOver(backend), { ownsBackend: true });
  } catch (error) {
    await backend.close();
    throw error;
  }
}

function requireVariable(env: Variables, name: string, field: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new ArtifactError('CONFIGURATION', `${field} is missing: give it, or set ${name}`, { field });
}
