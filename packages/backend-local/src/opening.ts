import { ArtifactError, type ArtifactBackend, type BackendConfig } from '@artifacts/core';

import { localBackend } from './local-backend.ts';
import type { LocalBackendOptions } from './options.ts';

const parameters: ReadonlySet<string> = new Set(['durability', 'permissions']);
const members: ReadonlySet<string> = new Set(['backend', 'root', ...parameters]);

/**
 * Opens a directory by its URL, for `openArtifactStore`: `file:./artifacts` and `file:artifacts` are relative to the working directory,
 * `file:///var/artifacts` is not. The path is percent-decoded; `?durability=process&permissions=group` are the options of
 * {@link localBackend}.
 *
 * @throws `CONFIGURATION` with the field that is wrong
 */
export function backendFromUrl(url: string): ArtifactBackend {
  const [, path = '', query = ''] = /^file:([^?#]*)(?:\?([^#]*))?$/i.exec(url) ?? [];
  if (path === '') throw refused('target', 'names no directory, or has a fragment: write it as file:./artifacts');
  const given = new URLSearchParams(query);
  requireKnown(given.keys(), parameters);
  if (new Set(given.keys()).size < given.size) throw refused('target', 'has a parameter twice');
  return backendFromConfig({ backend: 'file', root: directoryOf(path), ...Object.fromEntries(given) });
}

/**
 * Opens a directory by `{ backend: 'file', root, durability?, permissions? }`, for `openArtifactStore`.
 *
 * @throws `CONFIGURATION` with the field that is wrong
 */
export function backendFromConfig(config: BackendConfig): ArtifactBackend {
  requireKnown(Object.keys(config), members);
  // The backend checks the values themselves, whatever their type.
  return localBackend(config as unknown as LocalBackendOptions);
}

function requireKnown(given: Iterable<string>, known: ReadonlySet<string>): void {
  const unknown = [...given].find((name) => !known.has(name))?.slice(0, 64);
  if (unknown !== undefined) throw refused(unknown, `has no option "${unknown}": there are ${[...known].join(', ')}`);
}

function directoryOf(path: string): string {
  const [, host = '', inHost] = /^\/\/([^/]*)(\/.*)$/.exec(path) ?? [];
  if (path.startsWith('//') && (inHost === undefined || !['', 'localhost'].includes(host)))
    throw refused('target', 'names a host: a directory is on this machine, as in file:///var/artifacts');
  try {
    return decodeURIComponent(inHost ?? path);
  } catch (cause) {
    throw refused('target', 'is not percent-encoded UTF-8: write % as %25', cause);
  }
}

function refused(field: string, problem: string, cause?: unknown): ArtifactError {
  return new ArtifactError('CONFIGURATION', `the address of the local backend ${problem}`, { field, cause });
}
