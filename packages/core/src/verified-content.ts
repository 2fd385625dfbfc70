import { createHash, timingSafeEqual } from 'node:crypto';

import { owned } from './bytes.ts';
import { chunkCount, digestBytes } from './chunks.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { notIntact, type ArtifactRecord } from './record.ts';
import { isPassing, type Storage } from './storage.ts';

const maxFruitlessAttempts = 4;

/** A content object and the signed digests of its chunks. */
export interface ChunkedContent {
  readonly id: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly chunkSize: number;
  readonly chunkList: Uint8Array;
}

export function chunkedContent(
  { id, sizeBytes, content }: ArtifactRecord,
  tail: Uint8Array,
): ChunkedContent | undefined {
  return 'inline' in content
    ? undefined
    : { id, key: content.key, sizeBytes, chunkSize: content.chunkSize, chunkList: tail };
}

/** The content object is not there. Whoever holds its record knows what that means. */
export class ContentMissing extends Error {
  override readonly name = 'ContentMissing';
}

/**
 * Reads `[start, end)` of the content in as few requests as possible. A chunk is handed out only after its digest
 * matched; a connection that breaks costs what was in flight.
 *
 * @throws `INTEGRITY` when a byte is not what was stored, {@link ContentMissing}
 */
export async function* readVerified(
  storage: Storage,
  content: ChunkedContent,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { chunkSize, sizeBytes } = content;
  const lastChunk = chunkCount(end, chunkSize);
  let chunk = Math.floor(start / chunkSize);
  for (let fruitless = 0; start < end && chunk < lastChunk;) {
    try {
      const bytes = await storage.open(content.key, {
        start: chunk * chunkSize,
        end: Math.min(lastChunk * chunkSize, sizeBytes),
      });
      if (bytes === undefined) throw new ContentMissing();
      for await (const verified of verifiedChunks(content, chunk, bytes)) {
        const from = chunk * chunkSize;
        chunk += 1;
        fruitless = 0;
        yield owned(verified.subarray(Math.max(0, start - from), Math.min(verified.length, end - from)));
        if (chunk === lastChunk) return;
      }
      throw notIntact(content.id, 'its content ended early');
    } catch (error) {
      if (isArtifactError(error, 'SUPERSEDED')) throw new ContentMissing();
      fruitless += 1;
      if (!isPassing(error) || fruitless === maxFruitlessAttempts) throw error;
    }
    await storage.pause(fruitless);
  }
}

/** Cuts what arrives into chunks, beginning with number `index`, and lets each one through once its digest matches. */
async function* verifiedChunks(
  content: ChunkedContent,
  index: number,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let filling: Uint8Array | undefined;
  let filled = 0;
  for await (const arrived of bytes) {
    let rest = arrived;
    while (rest.length > 0) {
      const size = chunkLength(content, index);
      if (size <= 0) throw notIntact(content.id, 'its content goes on past its end');
      let chunk: Uint8Array | undefined;
      if (filled === 0 && rest.length >= size) {
        chunk = rest.subarray(0, size);
        rest = rest.subarray(size);
      } else {
        const part = rest.subarray(0, size - filled);
        filling ??= new Uint8Array(size);
        filling.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (filled === size) {
          chunk = filling;
          filling = undefined;
          filled = 0;
        }
      }
      if (chunk === undefined) continue;
      requireDigest(content, index, chunk);
      index += 1;
      yield chunk;
    }
  }
}

function chunkLength({ sizeBytes, chunkSize }: ChunkedContent, index: number): number {
  return Math.min(chunkSize, sizeBytes - index * chunkSize);
}

function requireDigest({ id, chunkList }: ChunkedContent, index: number, chunk: Uint8Array): void {
  const expected = chunkList.subarray(index * digestBytes, (index + 1) * digestBytes);
  const found = createHash('sha256').update(chunk).digest();
  if (!timingSafeEqual(expected, found)) throw notIntact(id, `chunk ${index} of its content is not what was stored`);
}

/** Reading content that is gone: an artifact that was deleted or replaced since, or one that was tampered with. */
export function contentGone(id: string, now: ArtifactRecord | undefined, then: ArtifactRecord): ArtifactError {
  if (now === undefined)
    return new ArtifactError('NOT_FOUND', `artifact "${id}" was not found any more while it was read`, {
      artifactId: id,
    });
  if ('key' in now.content && 'key' in then.content && now.content.key === then.content.key)
    return notIntact(id, 'its content is missing');
  return new ArtifactError('SUPERSEDED', `artifact "${id}" was replaced while it was read: download it again`, {
    artifactId: id,
  });
}
