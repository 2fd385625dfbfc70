import { createHash, webcrypto, type Hash } from 'node:crypto';

import { bounded, type BoundedCall, type Lifetime } from './abort.ts';
import { copyOf } from './bytes.ts';
import { minChunkSize } from './chunks.ts';
import { ArtifactError, invalidArgument } from './errors.ts';
import type { SourceReader } from './source.ts';

/** What an upload promises of its content, checked while it is read. */
export interface ContentExpectations {
  readonly id: string;
  readonly maxSizeBytes: number;
  readonly declaredSize: number | undefined;
  readonly expectedSha256: string | undefined;
}

/** Content that was read to its end. */
export interface MeasuredContent {
  readonly sizeBytes: number;
  readonly checksumSha256: string;
  /** One SHA-256 per chunk, in order. */
  readonly chunkList: Uint8Array;
}

/** The unit in which content is handed on, whatever chunks the source has: the smallest unit of verification. */
const blockSize = minChunkSize;

/** Reads a source within its limits: no longer than the idle timeout without bytes, no more than one chunk too many. */
export class BoundedSource {
  readonly #reader: SourceReader;
  readonly #lifetime: Lifetime;
  readonly #idleMs: number;
  readonly #expectations: ContentExpectations;
  #size = 0;
  #pushedBack: Uint8Array | undefined;

  constructor(reader: SourceReader, lifetime: Lifetime, idleMs: number, expectations: ContentExpectations) {
    this.#reader = reader;
    this.#lifetime = lifetime;
    this.#idleMs = idleMs;
    this.#expectations = expectations;
  }

  /** The first `limit` bytes when the whole content is no longer than that, otherwise `undefined`; then `next` begins at the start. */
  async readWhole(limit: number): Promise<Uint8Array | undefined> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) {
      // Copied, because a source may use its buffer again for the next chunk.
      chunks.push(copyOf(chunk));
      length += chunk.length;
      if (length > limit) {
        this.#pushedBack = Buffer.concat(chunks);
        return undefined;
      }
    }
    return Buffer.concat(chunks);
  }

  /** @throws `TOO_LARGE`, `TIMEOUT`, `INVALID_ARGUMENT` with the field `source` or `size` */
  async next(): Promise<Uint8Array | undefined> {
    const { id, maxSizeBytes, declaredSize } = this.#expectations;
    const pushedBack = this.#pushedBack;
    if (pushedBack !== undefined) {
      this.#pushedBack = undefined;
      return pushedBack;
    }
    const chunk = await bounded(this.#lifetime, this.#idleMs, 'the source', () => this.#reader.next());
    this.#size += chunk?.length ?? 0;
    if (this.#size > maxSizeBytes) throw tooLarge(id, maxSizeBytes);
    const ended = chunk === undefined;
    if (declaredSize !== undefined && (ended ? this.#size !== declaredSize : this.#size > declaredSize)) {
      const found = `${ended ? '' : 'at least '}${this.#size}`;
      throw invalidArgument('size', `the source has ${found} bytes, not the declared size of ${declaredSize}`, {
        expected: declaredSize,
        found: this.#size,
      });
    }
    return chunk;
  }

  close(): void {
    this.#reader.close();
  }
}

export function tooLarge(id: string, limit: number): ArtifactError {
  return new ArtifactError('TOO_LARGE', `artifact "${id}" exceeds limit of ${limit} bytes`, {
    artifactId: id,
    field: 'source',
    expected: limit,
  });
}

/** @throws `INTEGRITY` when the content is not what the caller expected */
export function requireExpected({ id, expectedSha256 }: ContentExpectations, checksumSha256: string): void {
  if (expectedSha256 === undefined || expectedSha256 === checksumSha256) return;
  throw new ArtifactError(
    'INTEGRITY',
    `artifact "${id}" fails its integrity check: the source has another SHA-256 than expected`,
    {
      artifactId: id,
      field: 'expectedSha256',
      expected: expectedSha256,
      found: checksumSha256,
    },
  );
}

/** Content on its way into storage: cut into blocks, hashed as a whole and by chunk. */
export class ContentStream {
  readonly #source: BoundedSource;
  readonly #chunkSize: number;
  readonly #whole = createHash('sha256');
  readonly #digests: Promise<Uint8Array>[] = [];
  #chunk: Hash | undefined;
  #size = 0;
  #complete = false;

  constructor(source: BoundedSource, chunkSize: number) {
    this.#source = source;
    this.#chunkSize = chunkSize;
  }

  /** Whether the source gave its last bytes; before that nothing can have been stored. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The body of one write. Ends, and frees the source, with the write. */
  async *body(call: BoundedCall): AsyncGenerator<Uint8Array, void, undefined> {
    let rest: Uint8Array | undefined;
    for (;;) {
      call.progress();
      const block: Uint8Array[] = [];
      let length = 0;
      while (length < blockSize) {
        rest ??= await call.suspended(this.#source.next());
        if (rest === undefined) {
          this.#complete = true;
          break;
        }
        const part = rest.subarray(0, blockSize - length);
        rest = part.length < rest.length ? rest.subarray(part.length) : undefined;
        length += part.length;
        // A source may use its buffer again for the next chunk, so what has to wait for more is copied.
        block.push(length < blockSize && rest === undefined ? copyOf(part) : part);
      }
      if (length === 0) return;
      const [only] = block;
      const bytes = block.length === 1 && only !== undefined ? only : Buffer.concat(block, length);
      this.#hash(bytes);
      yield bytes;
    }
  }

  /** What was read, once the body has ended. */
  async measured(): Promise<MeasuredContent> {
    if (this.#chunk !== undefined) this.#digests.push(Promise.resolve(this.#chunk.digest()));
    return {
      sizeBytes: this.#size,
      checksumSha256: this.#whole.digest('hex'),
      chunkList: Buffer.concat(await Promise.all(this.#digests)),
    };
  }

  /** Begins the digest of a chunk on another thread while this one goes on with that of the whole. */
  #hash(block: Uint8Array): void {
    this.#size += block.length;
    if (this.#chunkSize === blockSize) {
      this.#digests.push(webcrypto.subtle.digest('SHA-256', block).then((digest) => new Uint8Array(digest)));
    } else {
      this.#chunk ??= createHash('sha256');
      this.#chunk.update(block);
      if (this.#size % this.#chunkSize === 0) {
        this.#digests.push(Promise.resolve(this.#chunk.digest()));
        this.#chunk = undefined;
      }
    }
    this.#whole.update(block);
  }
}
