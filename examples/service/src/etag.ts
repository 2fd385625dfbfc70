import type { ArtifactMetadata } from '@artifacts/core';

/** Strong, since a revision is of one version of one artifact, bytes and metadata. */
export function etagOf({ revision }: Pick<ArtifactMetadata, 'revision'>): string {
  return `"${revision}"`;
}

/** The entity tags of a header (RFC 9110, 8.8.3), weak ones with their `W/`, or `*`. What is none is left out and matches nothing. */
export function etagsOf(header: string): '*' | readonly string[] {
  if (header.trim() === '*') return '*';
  return header.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
}

/** Compares strongly: a weak tag is never equal, not to itself. */
export function matchesStrongly(etags: '*' | readonly string[], current: string | undefined): boolean {
  return current !== undefined && (etags === '*' || etags.includes(current));
}

export function matchesWeakly(etags: '*' | readonly string[], current: string | undefined): boolean {
  return matchesStrongly(etags, current) || (etags !== '*' && current !== undefined && etags.includes(`W/${current}`));
}
