import { createHash, webcrypto, type Hash } from 'node:crypto';

import { bounded, type BoundedCall, type Lifetime } from './abort.ts';
import type { Allowance } from './allowance.ts';
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
  readonly #progress: (bytes: number) => void;
  #size = 0;
  #pushedBack: Uint8Array[] = [];

  constructor(
    reader: SourceReader,
    lifetime: Lifetime,
    idleMs: number,
    expectations: ContentExpectations,
    progress: (bytes: number) => void,
  ) {
    this.#progress = progress;
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
      length += chunk.length;
      if (length > limit) {
        this.#pushedBack = [...chunks, chunk];
        return undefined;
      }
      // Copied, because a source may use its buffer again for the next chunk.
      chunks.push(this.#reader.stable ? chunk : copyOf(chunk));
    }
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
  }

  /** @throws `TOO_LARGE`, `TIMEOUT`, `INVALID_ARGUMENT` with the field `source` or `size` */
  async next(): Promise<Uint8Array | undefined> {
    const { id, maxSizeBytes, declaredSize } = this.#expectations;
    const pushedBack = this.#pushedBack.shift();
    if (pushedBack !== undefined) return pushedBack;
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
    if (!ended) this.#progress(this.#size);
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
  readonly #allowance: Pick<Allowance, 'sent'> | undefined;
  readonly #whole = createHash('sha256');
  readonly #digests: Promise<Uint8Array>[] = [];
  #chunk: Hash | undefined;
  #rest: Uint8Array | undefined;
  #filling = new Uint8Array();
  #size = 0;
  #complete = false;
  #stopped = false;

  constructor(source: BoundedSource, chunkSize: number, allowance?: Pick<Allowance, 'sent'>) {
    this.#allowance = allowance;
    this.#source = source;
    this.#chunkSize = chunkSize;
  }

  /** Whether the source gave its last bytes; before that nothing can have been stored. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The write was given up on: a backend that comes back to it gets no more, and cannot take what it has for all. */
  stop(): void {
    this.#stopped = true;
  }

  /** The body of one write. Ends, and frees the source, with the write. */
  async *body(call: BoundedCall): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      call.progress();
      const block = await this.#nextBlock(call);
      if (block === undefined) return;
      this.#hash(block);
      if (this.#allowance !== undefined) await call.suspended(this.#allowance.sent(this.#size));
      yield block;
    }
  }

  /** The next block, full unless it is the last: a view of the source's chunk, or filled from several. */
  async #nextBlock(call: BoundedCall): Promise<Uint8Array | undefined> {
    let length = 0;
    while (length < blockSize) {
      this.#requireWanted();
      this.#rest ??= await call.suspended(this.#source.next());
      // A source that was closed meanwhile looks like one that ended.
      this.#requireWanted();
      if (this.#rest === undefined) {
        this.#complete = true;
        break;
      }
      const part = this.#rest.subarray(0, blockSize - length);
      this.#rest = part.length < this.#rest.length ? this.#rest.subarray(part.length) : undefined;
      if (part.length === blockSize) return part;
      // Filled again for every block: a backend keeps no chunk once it asks for the next (contract: write).
      this.#reserve(length, part.length);
      this.#filling.set(part, length);
      length += part.length;
    }
    return length === 0 ? undefined : this.#filling.subarray(0, length);
  }

  /** Content that comes in one piece takes no more than its size, everything else a whole block. */
  #reserve(used: number, more: number): void {
    if (used + more <= this.#filling.length) return;
    const larger = new Uint8Array(used === 0 ? more : blockSize);
    larger.set(this.#filling.subarray(0, used));
    this.#filling = larger;
  }

  #requireWanted(): void {
    if (this.#stopped) throw new ArtifactError('TIMEOUT', 'the write of this content was given up');
  }

  /** What was read, once the body has ended. */
  async measured(): Promise<MeasuredContent> {
    if (this.#chunk !== undefined) this.#digests.push(Promise.resolve(this.#chunk.digest()));
    const whole = this.#whole.digest();
    const digests = await Promise.all(this.#digests);
    return {
      sizeBytes: this.#size,
      checksumSha256: whole.toString('hex'),
      chunkList: digests.length === 0 && this.#size > 0 ? whole : Buffer.concat(digests),
    };
  }

  #hash(block: Uint8Array): void {
    this.#size += block.length;
    // The digest of the only chunk is that of the whole.
    if (!this.#complete || block.length < this.#size) this.#hashChunk(block);
    this.#whole.update(block);
  }

  /** Begins the digest of a chunk on another thread, while this one goes on with that of the whole. */
  #hashChunk(block: Uint8Array): void {
    if (this.#chunkSize === blockSize) {
      this.#digests.push(webcrypto.subtle.digest('SHA-256', block).then((digest) => new Uint8Array(digest)));
      return;
    }
    this.#chunk ??= createHash('sha256');
    this.#chunk.update(block);
    if (this.#size % this.#chunkSize !== 0) return;
    this.#digests.push(Promise.resolve(this.#chunk.digest()));
    this.#chunk = undefined;
  }
}
