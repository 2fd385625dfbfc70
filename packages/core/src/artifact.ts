import { createHash } from 'node:crypto';

import { ArtifactError } from './errors.ts';
import type { JsonObject } from './json.ts';

/**
 * What a verified record says of one version of an artifact.
 *
 * @typeParam Metadata - The caller's own values: JSON, or what the store's `metadataSchema` makes of it.
 */
export interface ArtifactMetadata<Metadata = JsonObject> {
  readonly id: string;
  /** For people and `Content-Disposition`; the last segment of the id unless the upload gave another. */
  readonly name: string;
  /** A media type (RFC 9110, 8.3.1). */
  readonly contentType: string;
  readonly sizeBytes: number;
  /** SHA-256 of the whole content, 64 lower-case hex digits. */
  readonly checksumSha256: string;
  /** When this version was uploaded; an update keeps it. */
  readonly createdAt: Date;
  /** From this moment on reads are refused with `EXPIRED`. */
  readonly expiresAt?: Date;
  /** Until this moment overwrite, delete and sweep are refused with `RETAINED`. */
  readonly retainUntil?: Date;
  /** As long as it is set, overwrite, delete and sweep are refused with `RETAINED`. */
  readonly hold: boolean;
  /** The caller's own values. */
  readonly metadata: Metadata;
  /** Counts the versions of this id since it was last created, from 1. */
  readonly generation: number;
  /** Names this record and no other, for ever: 32 hex digits. */
  readonly revision: string;
  /** The key whose signature verified, and that signature in base64. */
  readonly keyId: string;
  readonly signature: string;
}

/** Whether the artifact is expired at `now`, in milliseconds since the epoch; by default at this moment. */
export function isExpired(metadata: Pick<ArtifactMetadata, 'expiresAt'>, now: number = Date.now()): boolean {
  return metadata.expiresAt !== undefined && metadata.expiresAt.getTime() <= now;
}

/**
 * Proves that `bytes` are the whole content that `metadata` describes, for bytes that came another way than through a
 * store, such as a file on disk.
 *
 * @throws `INTEGRITY` when they are not
 */
export function verifyIntegrity(
  metadata: Pick<ArtifactMetadata, 'id' | 'sizeBytes' | 'checksumSha256'>,
  bytes: Uint8Array,
): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === metadata.checksumSha256 && bytes.length === metadata.sizeBytes) return;
  throw new ArtifactError(
    'INTEGRITY',
    `artifact "${metadata.id}" fails its integrity check: the bytes are not those that were stored`,
    {
      artifactId: metadata.id,
      expected: metadata.checksumSha256,
      found,
    },
  );
}
