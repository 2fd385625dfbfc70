import type { BackendConfig, BackendLoader } from './backend-module.ts';
import type { ArtifactBackend } from './backend.ts';
import type { BackendContext, BackendModule } from './backend-module.ts';
import { quietly, unlessAborted } from './abort.ts';
import { configuration, isArtifactError, type ArtifactError } from './errors.ts';
import { importInstalled } from './installed-modules.ts';
import { quoted } from './ids.ts';

/** The backends that are found by convention, each with what an application installs for it. */
const local = { module: '@artifacts/backend-local', install: '@artifacts/backend-local' };
const s3 = { module: '@artifacts/backend-s3', install: '@artifacts/backend-s3 @aws-sdk/client-s3' };
const conventional = new Map([
  ['file', local],
  ['local', local],
  ['s3', s3],
]);

/** Where a backend is looked for, and with what it is opened. */
export interface LoadOptions extends BackendContext {
  readonly loaders: Readonly<Record<string, BackendLoader>>;
  readonly resolveFrom: string | URL | undefined;
}

/**
 * Opens the backend that `target` addresses, and loads its code only now.
 *
 * @throws `CONFIGURATION` with the field `target` when it is no address or nothing knows its scheme, with the field `backend` when
 * its package is not installed, exports something else or gives no backend; what the module itself refuses; the reason of an abort
 */
export async function loadBackend(
  target: string | URL | BackendConfig,
  { loaders, resolveFrom, env, signal }: LoadOptions,
): Promise<ArtifactBackend> {
  signal?.throwIfAborted();
  requireLoaders(loaders);
  const address = target instanceof URL ? target.href : target;
  const scheme = schemeOf(address);
  const module = await unlessAborted(moduleFor(scheme, loaders, resolveFrom), signal);
  const opening = opened(module, scheme, address, { env: withoutKeys(env), signal });
  try {
    return await unlessAborted(opening, signal);
  } catch (error) {
    // A backend that comes after everybody has left is nobody's.
    if (signal?.aborted === true) quietly(async () => (await opening).close());
    throw error;
  }
}

async function opened(
  module: BackendModule,
  scheme: string,
  address: string | BackendConfig,
  context: BackendContext,
): Promise<ArtifactBackend> {
  let backend: unknown;
  try {
    backend = await (typeof address === 'string'
      ? module.backendFromUrl(address, context)
      : fromConfig(module, scheme, address, context));
  } catch (error) {
    if (isArtifactError(error) || (context.signal?.aborted === true && error === context.signal.reason)) throw error;
    // Without its cause: what refuses an address, such as `new URL`, may quote it with a credential.
    const kind = error instanceof Error ? error.name : 'something that is not an Error';
    throw refused(`is refused by the module for ${quoted(scheme)}, which threw ${kind}`);
  }
  if (typeof backend === 'object' && backend !== null && 'contract' in backend) return backend as ArtifactBackend;
  throw unusable(`the module for ${quoted(scheme)} gave no backend`);
}

/** A backend has no use for the keys that sign. */
function withoutKeys(env: BackendContext['env']): BackendContext['env'] {
  const { ARTIFACT_SIGNING_KEY: _, ARTIFACT_SIGNING_KEY_FILE: __, ...rest } = env;
  return rest;
}

function requireLoaders(loaders: unknown): void {
  const names = typeof loaders === 'object' && loaders !== null ? Object.keys(loaders) : undefined;
  const wrong = names === undefined ? '' : names.find((name) => !/^[a-z][a-z0-9+.-]*$/.test(name));
  if (wrong !== undefined)
    throw configuration('loaders', `loaders are functions by scheme, in lower case: ${quoted(wrong)} is none`);
}

function schemeOf(address: unknown): string {
  if (typeof address === 'string') {
    // A URL is never quoted in an error: it may hold a credential.
    const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(address) ?? [];
    if (scheme !== undefined) return scheme.toLowerCase();
    throw refused('is no URL: begin it with a scheme, such as file:./artifacts or s3://bucket/prefix');
  }
  if (typeof address === 'object' && address !== null && 'backend' in address && typeof address.backend === 'string')
    return address.backend;
  throw refused('is neither a URL nor an object whose member "backend" names one');
}

async function moduleFor(
  scheme: string,
  loaders: Readonly<Record<string, BackendLoader>>,
  resolveFrom: string | URL | undefined,
): Promise<BackendModule> {
  // What is given wins, so that an application can bring its own module for any scheme.
  if (Object.hasOwn(loaders, scheme)) return checked(await loaded(scheme, loaders[scheme]), scheme);
  if (scheme === 'memory') return import('./memory.ts');
  const known = conventional.get(scheme);
  if (known !== undefined) return checked(await importInstalled(known.module, known.install, resolveFrom), scheme);
  throw refused(
    `has the scheme ${quoted(scheme)}, which nothing is known for: give its package as loaders: { ${JSON.stringify(scheme)}: () => import('...') }`,
  );
}

async function loaded(scheme: string, loader: BackendLoader | undefined): Promise<unknown> {
  if (typeof loader !== 'function') throw unusable(`loaders.${scheme} is not a function that imports a module`);
  try {
    return await loader();
  } catch (cause) {
    throw unusable(`loaders.${scheme} failed: see its cause`, cause);
  }
}

/** An imported CommonJS module may have its exports in `default` only. */
function checked(module: unknown, scheme: string): BackendModule {
  const candidates = [module, (module as { readonly default?: unknown } | null | undefined)?.default];
  const found = candidates.find(isBackendModule);
  if (found !== undefined) return found;
  throw unusable(
    `the module for ${quoted(scheme)} exports no function backendFromUrl: is it the package of a backend?`,
  );
}

function isBackendModule(module: unknown): module is BackendModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'backendFromUrl' in module &&
    typeof module.backendFromUrl === 'function'
  );
}

function fromConfig(
  module: BackendModule,
  scheme: string,
  config: BackendConfig,
  context: BackendContext,
): ArtifactBackend | Promise<ArtifactBackend> {
  if (typeof module.backendFromConfig === 'function') return module.backendFromConfig(config, context);
  throw unusable(`the module for ${quoted(scheme)} exports no function backendFromConfig: give a URL`);
}

function refused(problem: string): ArtifactError {
  return configuration('target', `the address of the backend ${problem}`);
}

function unusable(message: string, cause?: unknown): ArtifactError {
  return configuration('backend', message, cause);
}
