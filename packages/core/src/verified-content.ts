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
      for await (const pieces of verifiedChunks(content, chunk, bytes)) {
        let from = chunk * chunkSize;
        chunk += 1;
        fruitless = 0;
        for (const piece of pieces) {
          const wanted = piece.subarray(Math.max(0, start - from), Math.max(0, end - from));
          from += piece.length;
          if (wanted.length > 0) yield owned(wanted);
        }
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

/**
 * Cuts what arrives into chunks, beginning with number `index`, and lets each one through once its digest matches, in the
 * pieces that it came in: copying them together would cost as much as receiving them.
 */
async function* verifiedChunks(
  content: ChunkedContent,
  index: number,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  let chunk = new ArrivingChunk(content, index);
  for await (const arrived of bytes) {
    let rest = arrived;
    while (rest.length > 0) {
      rest = chunk.take(rest);
      if (!chunk.complete) continue;
      yield chunk.verified();
      chunk = new ArrivingChunk(content, chunk.index + 1);
    }
  }
}

/** A chunk on its way, hashed as it comes. */
class ArrivingChunk {
  readonly index: number;
  readonly #content: ChunkedContent;
  readonly #pieces: Uint8Array[] = [];
  readonly #hash = createHash('sha256');
  #missing: number;

  constructor(content: ChunkedContent, index: number) {
    this.index = index;
    this.#content = content;
    this.#missing = Math.min(content.chunkSize, content.sizeBytes - index * content.chunkSize);
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Takes what belongs to this chunk and gives the rest. */
  take(bytes: Uint8Array): Uint8Array {
    if (this.#missing <= 0) throw notIntact(this.#content.id, 'its content goes on past its end');
    const piece = bytes.subarray(0, this.#missing);
    this.#pieces.push(piece);
    this.#hash.update(piece);
    this.#missing -= piece.length;
    return bytes.subarray(piece.length);
  }

  /** Its bytes. @throws `INTEGRITY` when they are not what was stored */
  verified(): readonly Uint8Array[] {
    const { id, chunkList } = this.#content;
    const expected = chunkList.subarray(this.index * digestBytes, (this.index + 1) * digestBytes);
    if (timingSafeEqual(expected, this.#hash.digest())) return this.#pieces;
    throw notIntact(id, `chunk ${this.index} of its content is not what was stored`);
  }
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
