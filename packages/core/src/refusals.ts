import { isPast } from './conditions.ts';
import { ArtifactError } from './errors.ts';
import type { ArtifactRecord } from './record.ts';

export function notFound(id: string): ArtifactError {
  return new ArtifactError('NOT_FOUND', `artifact "${id}" was not found`, { artifactId: id });
}

/** @throws `EXPIRED` from the artifact's `expiresAt` on, to the millisecond */
export function requireUnexpired({ id, expiresAt }: ArtifactRecord, now: number): void {
  if (expiresAt === undefined || !isPast(expiresAt, now)) return;
  throw new ArtifactError('EXPIRED', `artifact "${id}" expired at ${new Date(expiresAt).toISOString()}`, {
    artifactId: id,
    found: expiresAt,
  });
}
