import { ArtifactError, isKey } from '@artifacts/core';

import type { S3BackendOptions, S3Capabilities } from './options.ts';
import { presetNameFor, presets, regionIn, type S3Preset } from './presets.ts';

const maxPrefixLength = 96;

/** Environment variables that count. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The options, checked and completed. */
export interface Settings {
  readonly bucket: string;
  readonly prefix: string;
  readonly behaviour: S3Preset;
  readonly endpoint: URL | undefined;
  readonly region: string | undefined;
  readonly capabilities: S3Capabilities | undefined;
  readonly objectLock: 'governance' | 'compliance' | undefined;
  readonly concurrency: number;
  readonly idleTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** @throws `CONFIGURATION` naming the option */
export function settingsOf(options: S3BackendOptions, env: Environment): Settings {
  const own = options.client === undefined ? options : undefined;
  const endpoint = own && endpointOf(own.endpoint ?? (env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL']));
  if (endpoint?.protocol === 'http:' && own?.allowInsecureEndpoint !== true && !isLoopback(endpoint.hostname)) {
    throw refused('endpoint', 'is not encrypted: use https:, or allowInsecureEndpoint where the network is trusted');
  }
  // A given client does not tell its endpoint without I/O, and whoever is wrongly taken for AWS loses what was acknowledged.
  const name = options.preset ?? (own === undefined ? 'generic' : presetNameFor(endpoint?.hostname));
  if (!Object.hasOwn(presets, name)) throw refused('preset', `is one of ${Object.keys(presets).join(', ')}`);
  const behaviour = behaviourOf(options, presets[name]);
  const region =
    own &&
    (own.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? regionIn(endpoint?.hostname) ?? behaviour.region);
  return {
    bucket: bucketOf(options.bucket),
    prefix: prefixOf(options.prefix ?? ''),
    behaviour,
    endpoint,
    region,
    capabilities: capabilitiesOf(options.capabilities),
    objectLock: objectLockOf(options.objectLock),
    concurrency: wholeNumber('concurrency', options.concurrency ?? 4, 32),
    idleTimeoutMs: wholeNumber('idleTimeoutMs', options.idleTimeoutMs ?? 30_000, 3_600_000),
    connectTimeoutMs: wholeNumber('connectTimeoutMs', own?.connectTimeoutMs ?? 5000, 3_600_000),
  };
}

export function refused(field: string, problem: string, cause?: unknown): ArtifactError {
  return new ArtifactError('CONFIGURATION', `${field} of the S3 backend ${problem}`, { field, cause });
}

function bucketOf(bucket: unknown): string {
  if (typeof bucket === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) return bucket;
  throw refused('bucket', 'must be the name of a bucket: letters, digits, dots and hyphens');
}

function prefixOf(prefix: unknown): string {
  if (prefix === '') return prefix;
  if (
    typeof prefix === 'string' &&
    prefix.endsWith('/') &&
    prefix.length <= maxPrefixLength &&
    isKey(prefix.slice(0, -1))
  )
    return prefix;
  throw refused('prefix', `must be 1 to ${maxPrefixLength} characters of [a-z0-9._/=-] that end in "/"`);
}

function endpointOf(endpoint: unknown): URL | undefined {
  if (endpoint === undefined || endpoint === '') return undefined;
  const url = endpoint instanceof URL ? endpoint : typeof endpoint === 'string' ? parsed(endpoint) : undefined;
  // Nothing of it is quoted: it may hold a credential.
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw refused('endpoint', 'must be a URL that begins with https://');
  if (url.username !== '' || url.password !== '') {
    throw refused(
      'endpoint',
      'must hold no credentials: give them as credentials, or as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  }
  if (url.search !== '' || url.hash !== '') throw refused('endpoint', 'must have no query and no fragment');
  return url;
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d+){3}$/.test(hostname)
  );
}

function capabilitiesOf(given: S3Capabilities | undefined): S3Capabilities | undefined {
  if (given === undefined) return undefined;
  for (const claim of ['createIfAbsent', 'compareAndSwap', 'conditionalDelete'] as const) {
    if (typeof given[claim] !== 'boolean') throw refused('capabilities', `must say true or false for ${claim}`);
  }
  if (![undefined, 'quoted', 'unquoted'].includes(given.ifMatch))
    throw refused('capabilities', 'must say "quoted" or "unquoted" for ifMatch');
  return given;
}

function objectLockOf(given: S3BackendOptions['objectLock']): Settings['objectLock'] {
  if (given === undefined || given === 'governance' || given === 'compliance') return given;
  throw refused('objectLock', 'is "governance" or "compliance"');
}

function wholeNumber(field: string, value: unknown, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw refused(field, `must be a whole number from 1 to ${max}`);
}

function behaviourOf(options: S3BackendOptions, preset: S3Preset): S3Preset {
  const { checksums = preset.checksums } = options;
  if (checksums !== 'always' && checksums !== 'required') throw refused('checksums', 'are "always" or "required"');
  return {
    forcePathStyle: flag('forcePathStyle', options.forcePathStyle ?? preset.forcePathStyle),
    checksums,
    contentMd5: flag('contentMd5', options.contentMd5 ?? preset.contentMd5),
    conditionalDelete: flag('conditionalDelete', options.conditionalDelete ?? preset.conditionalDelete),
    region: preset.region,
  };
}

function flag(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw refused(field, 'must be true or false');
}
