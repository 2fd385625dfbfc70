import { ArtifactError, type ArtifactBackend } from '@artifacts/core';

import { sqliteBackend } from './sqlite-backend.ts';

/**
 * The backend of `sqlite:./artifacts.db` or `sqlite:///var/lib/artifacts.db`, for `openArtifactStore`. What a path may not have as
 * it is, such as `?`, is percent-encoded. Does no I/O.
 *
 * @throws `CONFIGURATION`
 */
export function backendFromUrl(url: string): ArtifactBackend {
  const [, path, query] = /^sqlite:(?:\/\/(?=\/[^/]))?([^?#]+)(?:\?([^#]*))?$/i.exec(url) ?? [];
  if (path === undefined || path.startsWith('//')) throw refusedUrl('target', 'the URL is not sqlite:<path of a file>');
  // A parameter that is left unread may be one that was to say where the bytes go.
  const [parameter] = new URLSearchParams(query).keys();
  if (parameter !== undefined) throw refusedUrl(parameter, 'a sqlite: URL has no parameters');
  return sqliteBackend({ path: decoded(path) });
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw refusedUrl('target', 'the path in the URL is not percent-encoded UTF-8', cause);
  }
}

function refusedUrl(field: string, message: string, cause?: unknown): ArtifactError {
  return new ArtifactError('CONFIGURATION', message, { field, cause });
}
