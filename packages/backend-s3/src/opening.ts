import type { ArtifactBackend, BackendConfig, BackendContext } from '@artifacts/core';

import { mediumOf } from './medium.ts';
import type { S3BackendOptions } from './options.ts';
import { S3Backend } from './s3-backend.ts';
import { refused } from './settings.ts';

const switches: ReadonlySet<string> = new Set([
  'allowInsecureEndpoint',
  'conditionalDelete',
  'contentMd5',
  'forcePathStyle',
]);
const numbers: ReadonlySet<string> = new Set(['concurrency', 'connectTimeoutMs', 'idleTimeoutMs']);
const parameters = ['checksums', 'endpoint', 'objectLock', 'preset', 'region', ...switches, ...numbers];
const members: ReadonlySet<string> = new Set(
  ['backend', 'bucket', 'prefix', 'client', 'credentials', 'capabilities'].concat(parameters),
);

/**
 * Opens a bucket by its URL, for `openArtifactStore`: `s3://bucket/prefix?region=...&endpoint=...&preset=...`. A prefix gets its `/`
 * at the end. Credentials come from `AWS_*` variables of `env` or the chain of the SDK, and are refused in a URL.
 *
 * @throws `CONFIGURATION` with the field that is wrong
 */
export function backendFromUrl(url: string, { env }: BackendContext): ArtifactBackend {
  const [, authority = '', path = '', query = ''] = /^s3:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(url) ?? [];
  if (authority.includes('@') || authority.includes(':'))
    throw refused(
      'target',
      'must hold no credentials and no port: an endpoint is a parameter, and keys are in AWS_* variables',
    );
  if (authority === '') throw refused('target', 'names no bucket, or has a fragment: write it as s3://bucket/prefix');
  const given = new URLSearchParams(query);
  requireKnown(given.keys(), new Set(parameters));
  if (new Set(given.keys()).size < given.size) throw refused('target', 'has a parameter twice');
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  const options = Object.fromEntries([...given].map(([name, text]) => [name, valueOf(name, text)]));
  return backendFromConfig({ backend: 's3', bucket: authority, prefix, ...options }, { env });
}

/**
 * Opens a bucket by `{ backend: 's3', bucket, ... }` with the options of {@link s3Backend}, for `openArtifactStore`.
 *
 * @throws `CONFIGURATION` with the field that is wrong
 */
export function backendFromConfig(config: BackendConfig, { env }: BackendContext): ArtifactBackend {
  requireKnown(Object.keys(config), members);
  // The settings check the values themselves, whatever their type.
  return new S3Backend(mediumOf(config as unknown as S3BackendOptions, env));
}

function valueOf(name: string, text: string): string | number | boolean {
  if (numbers.has(name)) return Number(text);
  if (!switches.has(name)) return text;
  if (text !== 'true' && text !== 'false') throw refused(name, 'must be true or false');
  return text === 'true';
}

function requireKnown(given: Iterable<string>, known: ReadonlySet<string>): void {
  const unknown = [...given].find((name) => !known.has(name))?.slice(0, 64);
  if (unknown === undefined) return;
  // It may be a credential under a name of its own, so neither it nor its value is quoted.
  throw refused('target', `has an unknown option: there are ${[...known].join(', ')}`);
}
