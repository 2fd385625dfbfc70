import { copyOf } from './bytes.ts';
import { isArtifact, readRecord, type StoredRecordWithTail } from './read-record.ts';
import type { ArtifactRecord } from './record.ts';
import type { Storage } from './storage.ts';
import { chunkedContent, contentGone, ContentMissing, readVerified } from './verified-content.ts';

/**
 * The bytes `[start, end)` of an artifact whose tail was verified, each chunk after its digest matched.
 *
 * @throws `INTEGRITY`; `SUPERSEDED` or `NOT_FOUND` when the content is gone because the artifact is
 */
export async function* contentOf(
  storage: Storage,
  { record, tail }: Pick<StoredRecordWithTail<ArtifactRecord>, 'record' | 'tail'>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const content = chunkedContent(record, tail);
  if (content === undefined) {
    // A copy, so that a reader who changes it does not change what the next read gives.
    if (start < end) yield copyOf(tail.subarray(start, end));
    return;
  }
  try {
    yield* readVerified(storage, content, start, end);
  } catch (error) {
    if (!(error instanceof ContentMissing)) throw error;
    const now = await readRecord(storage, record.id);
    throw contentGone(record.id, isArtifact(now) ? now.record : undefined, record);
  }
}
