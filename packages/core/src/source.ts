import { copyOf } from './bytes.ts';
import { invalidArgument, isArtifactError, type ArtifactError } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import { hearFailures, Iteration, type Chunks } from './iteration.ts';

// A source that only ever gives nothing would never let a timer run.
const maxEmptyChunks = 1024;

/** A piece of content: bytes in any of the forms the platform has for them. */
type Bytes = Uint8Array | ArrayBuffer;

/**
 * A source that can be opened any number of times, so that an upload of it may be retried. Each `open` begins at the start, and
 * must give the same bytes as the one before; whatever it holds must be released when its iteration ends, throws or is left.
 */
export interface ReopenableSource {
  /** In bytes, when it is known before. Then other content is refused. */
  readonly size?: number | undefined;
  // A stream stands beside what can be iterated: TypeScript's `dom` without `dom.asynciterable` has no iterator on it.
  open(): Chunks<Bytes> | ReadableStream<Bytes> | Promise<Chunks<Bytes> | ReadableStream<Bytes>>;
}

/**
 * Anything bytes come in, of known or unknown length. Bytes, text, a `Blob`, a function and a {@link ReopenableSource} can be
 * opened again, so an upload of them may be retried; a stream or an iterator is read once, and closed when the upload fails on
 * the way. What is refused before it is read stays open. The caller must not change given bytes before the upload has
 * ended. Text is stored as UTF-8.
 */
export type ArtifactSource =
  | Bytes
  | string
  | Blob
  | Chunks<Bytes>
  | ReadableStream<Bytes>
  | ReopenableSource
  | ReopenableSource['open'];

/** A source that was looked at but not yet read. */
export interface OpenableSource {
  /** In bytes, when the source tells it. */
  readonly size?: number | undefined;
  /** Whether it can be opened more than once. */
  readonly reusable: boolean;
  /** Nothing is read before the first `next`. */
  open(): SourceReader;
}

/** A source being read. Unlike a generator it can be closed while a `next` is still waiting for a stalled source. */
export interface SourceReader {
  /** Whether given bytes stay as they are when more are asked for. */
  readonly stable: boolean;
  /** The next bytes, a view of the source's own memory; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Tells the source that no more is wanted. Waits for nothing. */
  close(): void;
}

/**
 * Recognises the form of a source without reading it.
 *
 * @throws `INVALID_ARGUMENT` with the field `source` when bytes cannot come from it
 */
export function openableSource(source: ArtifactSource): OpenableSource {
  if (typeof source === 'string') {
    if (!source.isWellFormed()) throw refused('is a string with a lone surrogate: it has no UTF-8 form');
    return ofBytes(Buffer.from(source));
  }
  const bytes = asBytes(source);
  if (bytes !== undefined) return ofBytes(bytes);
  if (source instanceof Blob) return reopenable(source.size, () => source.stream());
  if (typeof source === 'function') return reopenable(undefined, source);
  if (isChunks(source)) return readOnce(source);
  const { size, open } = membersOf(source);
  if (typeof open !== 'function') throw noSource(source);
  if (size !== undefined) requireField('source.size', size, problemOfInteger(size, 0));
  return reopenable(size, () => open.call(source));
}

function ofBytes(bytes: Uint8Array): OpenableSource {
  return { size: bytes.length, reusable: true, open: () => new ChunkReader(() => [bytes], true) };
}

function reopenable(size: number | undefined, open: () => unknown): OpenableSource {
  return { size, reusable: true, open: () => new ChunkReader(open) };
}

/** A verified artifact as a source: its failures are its own, no mistake in an argument, and pass as they are. */
export function artifactSource(download: AsyncIterable<Uint8Array>, size: number): OpenableSource {
  return { size, reusable: true, open: () => new ChunkReader(() => download, true, isArtifactError) };
}

function readOnce(source: Chunks<unknown>): OpenableSource {
  hearFailures(source);
  return { reusable: false, open: () => new ChunkReader(() => source) };
}

class ChunkReader implements SourceReader {
  readonly stable: boolean;
  readonly #open: () => unknown;
  readonly #passes: (error: unknown) => boolean;
  #chunks: Iteration | undefined;
  #count = 0;
  #closed = false;

  constructor(open: () => unknown, stable = false, passes: (error: unknown) => boolean = () => false) {
    this.stable = stable;
    this.#open = open;
    this.#passes = passes;
  }

  async next(): Promise<Uint8Array | undefined> {
    this.#chunks ??= await this.#guarded(
      'cannot be opened',
      async () => new Iteration(requireChunks(await this.#open())),
    );
    const chunks = this.#chunks;
    if (this.#closed) {
      // It opened only after everybody had left.
      chunks.leave();
      return undefined;
    }
    for (let empty = 0; empty < maxEmptyChunks; empty += 1) {
      const chunk = await this.#guarded(`failed after ${this.#count} bytes`, async () => chunkOf(await chunks.next()));
      if (chunk === undefined) return undefined;
      if (typeof chunk === 'string') throw refused(`gave a chunk that is not bytes but ${chunk}`);
      this.#count += chunk.length;
      if (chunk.length > 0) return chunk;
    }
    throw refused(`gave ${maxEmptyChunks} empty chunks in a row`);
  }

  close(): void {
    this.#closed = true;
    this.#chunks?.leave();
  }

  async #guarded<T>(problem: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (this.#passes(cause)) throw cause;
      const remedy = 'nothing was stored; what cannot be opened again must be given anew';
      throw invalidArgument('source', `the source ${problem}: ${remedy}`, { cause });
    }
  }
}

/** The bytes of a chunk, `undefined` at the end, or what else was there, in words. */
function chunkOf(next: { readonly value: unknown } | undefined): Uint8Array | string | undefined {
  return next && (asBytes(next.value) ?? describe(next.value));
}

function isChunks(source: unknown): source is Chunks<unknown> {
  return typeof source === 'object' && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source);
}

function requireChunks(source: unknown): Chunks<unknown> {
  if (!isChunks(source)) throw noSource(source);
  return source;
}

function noSource(source: unknown): ArtifactError {
  return refused(
    `is ${describe(source)}: give bytes, a string, a Blob, a stream, an iterable of bytes, or something to open`,
  );
}

type Members = { readonly [Name in keyof ReopenableSource]: ReopenableSource[Name] | undefined };

/** Looked up once: a getter may throw, or give something else the next time. */
function membersOf(source: unknown): Members {
  try {
    const { size, open } = Object(source) as Members;
    return { size, open };
  } catch (cause) {
    throw invalidArgument('source', 'the source cannot be looked at', { cause });
  }
}

function asBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  const bytes = value instanceof Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // Shared memory could change between its digest and its storage.
  return value.buffer instanceof SharedArrayBuffer ? copyOf(bytes) : bytes;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  try {
    const name: unknown = value.constructor?.name;
    return typeof name === 'string' ? name : 'an object';
  } catch {
    return 'an object';
  }
}

function refused(problem: string): ArtifactError {
  return invalidArgument('source', `the source ${problem}`);
}
