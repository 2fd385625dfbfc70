import { ArtifactError, type ArtifactBackend, type BackendConfig } from '@artifacts/core';

import { localBackend } from './local-backend.ts';
import type { LocalBackendOptions } from './options.ts';

const members: ReadonlySet<string> = new Set(['backend', 'root', 'durability', 'permissions']);

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
  const parameters = [...new URLSearchParams(query)];
  const names = parameters.map(([name]) => name);
  if (new Set(names).size < names.length) throw refused('target', 'has a parameter twice');
  return backendFromConfig({ backend: 'file', ...Object.fromEntries(parameters), root: directoryOf(path) });
}

/**
 * Opens a directory by `{ backend: 'file', root, durability?, permissions? }`, for `openArtifactStore`.
 *
 * @throws `CONFIGURATION` with the field that is wrong
 */
export function backendFromConfig(config: BackendConfig): ArtifactBackend {
  const unknown = Object.keys(config)
    .find((member) => !members.has(member))
    ?.slice(0, 64);
  if (unknown !== undefined) throw refused(unknown, `has no option "${unknown}": there are ${[...members].join(', ')}`);
  // The backend checks the values themselves, whatever their type.
  return localBackend(config as unknown as LocalBackendOptions);
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
