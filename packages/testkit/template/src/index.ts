import { ArtifactError, type ArtifactBackend } from '@artifacts/core';

import { acmeBackend, type AcmeMedium } from './acme-backend.ts';

export { acmeBackend, type AcmeBackendOptions, type AcmeMedium } from './acme-backend.ts';

const media = new Map<string, AcmeMedium>();

/** `acme://<name>`: the medium of that name. @throws `CONFIGURATION` */
export function backendFromUrl(url: string): ArtifactBackend {
  const [, name] = /^acme:\/\/([a-z0-9-]+)$/.exec(url) ?? [];
  if (name === undefined) {
    throw new ArtifactError('CONFIGURATION', 'the URL is not acme://<name>, of [a-z0-9-]', { field: 'target' });
  }
  const medium: AcmeMedium = media.get(name) ?? new Map();
  media.set(name, medium);
  return acmeBackend({ medium });
}
