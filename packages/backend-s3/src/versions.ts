import { ArtifactError } from '@artifacts/core';

const maxETagLength = 220;

/**
 * Names the bytes of an object: its size and its ETag without quotes. The size is in it because an answer that says "unchanged"
 * tells none.
 */
export function versionOf(etag: string | undefined, size: number): string {
  const bare = etag?.replace(/^(?:W\/)?"(.*)"$/s, '$1') ?? '';
  if (!/^[\x21\x23-\x7e]+$/.test(bare) || bare.length > maxETagLength)
    // What it answers was done all the same.
    throw new ArtifactError('BACKEND', 'the server gave no usable ETag', { retryable: true });
  return `${size}-${bare}`;
}

/** A version taken apart; `undefined` when it is none that this backend gave. */
export function parseVersion(version: string): { readonly size: number; readonly etag: string } | undefined {
  const [, digits, etag] = /^(\d{1,16})-([\x21\x23-\x7e]+)$/.exec(version) ?? [];
  return digits === undefined || etag === undefined ? undefined : { size: Number(digits), etag };
}
