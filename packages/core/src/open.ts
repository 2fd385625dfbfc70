import type { BackendConfig, BackendLoader } from './backend-module.ts';
import type { Environment } from './environment.ts';
import { configuration } from './errors.ts';
import type { JsonObject } from './json.ts';
import {
  keyringFromEnvironment,
  verificationKeysFromEnvironment,
  type EnvironmentVariables,
} from './keyring-environment.ts';
import { loadBackend } from './load-backend.ts';
import { ArtifactReader } from './reader.ts';
import { Session } from './session.ts';
import type { ArtifactBackend } from './backend.ts';
import {
  environmentOf,
  requireBackend,
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
  readonly env?: EnvironmentVariables | undefined;
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
  const environment = environmentOf<Input, Output>({ ...options, backend: unopened, signing, audience });
  const session = await openSession(environment, target, { ...options, env });
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
  const environment = readingEnvironmentOf<Metadata>({ ...options, backend: unopened, signing, audience });
  const session = await openSession(environment, target, { ...options, env });
  return new ArtifactReader<Metadata>(session);
}

/** Stands for the backend while the options are checked: what is wrong with them shows before anything is loaded. */
const unopened = { contract: 1, name: 'unopened' } as ArtifactBackend;

async function openSession(
  environment: Environment,
  target: BackendTarget | undefined,
  { loaders = {}, resolveFrom, env, signal }: OpeningOptions & { readonly env: EnvironmentVariables },
): Promise<Session> {
  const address = target ?? requireVariable(env, 'ARTIFACT_URL', 'target', 'the address of the store');
  const backend = await loadBackend(address, { loaders, resolveFrom, env, signal });
  try {
    requireBackend(backend);
  } catch (error) {
    // How its closing fails is of no use to whoever has to give another one.
    await backend.close().catch(() => undefined);
    throw error;
  }
  return new Session({ ...environment, backend }, { ownsBackend: true });
}

function requireVariable(env: EnvironmentVariables, name: string, field: string, what = field): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw configuration(field, `${what} is missing: give it, or set ${name}`);
}
