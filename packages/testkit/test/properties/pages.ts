import type { ArtifactMetadata, ArtifactStore, PageOptions } from '@artifacts/core';

/** What all pages hold, each of which goes on from the one before. */
export async function inPages(store: ArtifactStore, options: PageOptions): Promise<ArtifactMetadata[]> {
  const listed: ArtifactMetadata[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.page({ ...options, cursor });
    listed.push(...page.artifacts);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return listed;
}
