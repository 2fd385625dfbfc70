import type { Lifetime } from './abort.ts';
import type { ArtifactMetadata } from './artifact.ts';
import { judgeExpectations, requireExpectations, type Expectations } from './conditions.ts';
import { contentOf } from './content-of.ts';
import type { Environment } from './environment.ts';
import { assertId } from './ids.ts';
import type { JsonObject } from './json.ts';
import { typedMetadata } from './metadata-schema.ts';
import { announced, iterateUnder, limited, Operation, traced, type OperationOptions } from './operation.ts';
import { progressTo, requireProgress, type OnProgress } from './progress.ts';
import { requireRange, resolveRange, type RangeRequest, type ResolvedRange } from './range.ts';
import { readRecordWithTail, requireTail, isArtifact, type StoredRecordWithTail } from './read-record.ts';
import { toMetadata, type ArtifactRecord } from './record.ts';
import { notFound, requireUnexpired } from './refusals.ts';
import { Storage } from './storage.ts';

export interface DownloadOptions extends OperationOptions, Expectations {
  /** Only these bytes. */
  readonly range?: RangeRequest | undefined;
  /** Is told how many verified bytes were handed out, after each part of each read. */
  readonly onProgress?: OnProgress | undefined;
}

type StoredArtifact = StoredRecordWithTail<ArtifactRecord>;

/**
 * Reads the record that a download is pinned to.
 *
 * @throws `NOT_FOUND`, `EXPIRED`, what verification and the expectations throw
 */
async function pinnedRecord(storage: Storage, id: string, expectations: Expectations): Promise<StoredArtifact> {
  const stored = await readRecordWithTail(storage, id);
  if (!isArtifact(stored)) throw notFound(id);
  judgeExpectations(id, expectations, stored.record);
  requireUnexpired(stored.record, storage.environment.now());
  requireTail(stored);
  return stored;
}

/**
 * A verified handle on one version of an artifact. Its record has been checked and its content is opened anew by each
 * read; a handle that is never read holds nothing open.
 *
 * Every byte a read hands out belongs to this version: content that was replaced or deleted meanwhile gives `SUPERSEDED`
 * or `NOT_FOUND`, content that was tampered with `INTEGRITY`.
 */
export class Download<Metadata = JsonObject> implements AsyncIterable<Uint8Array> {
  readonly metadata: ArtifactMetadata<Metadata>;
  /** Which bytes a read gives. */
  readonly range: ResolvedRange;
  readonly #environment: Environment;
  readonly #stored: StoredArtifact;
  readonly #options: DownloadOptions;
  /** The operation that this handle came from, until the first read takes it over. */
  #opened: Operation | undefined;

  /** @internal Downloads come from a store. */
  constructor(
    environment: Environment,
    stored: StoredArtifact,
    options: DownloadOptions,
    operation: Operation | undefined,
  ) {
    this.metadata = typedMetadata(environment.metadataSchema, toMetadata(stored)) as ArtifactMetadata<Metadata>;
    this.range = resolveRange(options.range, stored.record.sizeBytes);
    this.#environment = environment;
    this.#stored = stored;
    this.#options = options;
    this.#opened = operation;
    if (operation?.observed === true) droppedDownloads.register(this, operation, this);
  }

  /** @internal Ends the operation of a handle that nobody will read any more, as the garbage collector would. */
  static endUnread(download: Download<unknown>): void {
    if (download.#opened === undefined) return;
    droppedDownloads.unregister(download);
    download.#opened.end('ok');
    download.#opened = undefined;
  }

  /** A handle on other bytes of the same version, without another look at its record. */
  slice(range: RangeRequest): Download<Metadata> {
    return new Download(this.#environment, this.#stored, { ...this.#options, range }, undefined);
  }

  /** All bytes of the range. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const size = this.range.end - this.range.start;
    let all: Uint8Array<ArrayBuffer> | undefined;
    let at = 0;
    for await (const chunk of this) {
      // A chunk belongs to its reader, so the only one needs no copy.
      if (chunk.length === size && chunk.buffer instanceof ArrayBuffer) {
        all = new Uint8Array(chunk.buffer);
      } else {
        all ??= new Uint8Array(size);
        all.set(chunk, at);
      }
      at += chunk.length;
    }
    return all ?? new Uint8Array(0);
  }

  /** The bytes as UTF-8. @throws `TypeError` when they are not */
  async text(): Promise<string> {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await this.bytes());
  }

  /** The bytes as JSON. @throws `SyntaxError` when they are not */
  async json(): Promise<unknown> {
    const text = await this.text();
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // The parser's own error quotes the content.
      throw new SyntaxError(`artifact "${this.metadata.id}" is not JSON`);
    }
  }

  /** The bytes as a web stream, read as fast as they are taken. Cancelling it closes everything. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const leaving = new AbortController();
    const chunks = this.#chunks(leaving.signal);
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        async pull(controller) {
          const next = await chunks.next();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
        },
        async cancel() {
          leaving.abort();
          await chunks.return();
        },
      },
      { highWaterMark: 0 },
    );
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#chunks();
  }

  async *#chunks(leaving?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const operation = this.#begin();
    const read = (lifetime: Lifetime) => this.#read(new Storage(operation, lifetime), operation);
    yield* iterateUnder(operation, this.#options, read, leaving);
  }

  async *#read(storage: Storage, operation: Operation): AsyncGenerator<Uint8Array, void, undefined> {
    const { record } = this.#stored;
    const { start, end } = this.range;
    const { onProgress } = this.#options;
    const progress = progressTo(this.#environment.observers, onProgress, end - start);
    let handedOut = 0;
    requireUnexpired(record, this.#environment.now());
    for await (const chunk of contentOf(storage, this.#stored, start, end)) {
      operation.bytes += chunk.length;
      handedOut += chunk.length;
      progress(handedOut);
      yield chunk;
    }
  }

  /** The first read goes on with the operation that opened this handle; every later one is an operation of its own. */
  #begin(): Operation {
    const operation = this.#opened;
    this.#opened = undefined;
    if (operation === undefined) {
      const next = announced(new Operation(this.#environment, 'download', this.metadata.id, this.#options));
      next.learn(factsOf(this.#stored));
      return next;
    }
    droppedDownloads.unregister(this);
    return operation;
  }
}

function factsOf({ record, keyId }: StoredArtifact): { generation: number; sha256: string; keyId: string } {
  return { generation: record.generation, sha256: record.checksumSha256, keyId };
}

// A handle that is dropped unread ends its operation, too; nothing but the garbage collector can tell.
const droppedDownloads = new FinalizationRegistry<Operation>((operation) => operation.end('ok'));

/** Opens a download: one request, in which small content comes along. */
export async function openDownload(
  environment: Environment,
  id: string,
  options: DownloadOptions,
): Promise<Download<unknown>> {
  assertId(id);
  requireExpectations(options);
  requireProgress(options.onProgress);
  if (options.range !== undefined) requireRange(options.range);
  const operation = new Operation(environment, 'download', id, options);
  try {
    const stored = await traced(operation, () =>
      limited(operation, options, (lifetime) => pinnedRecord(new Storage(operation, lifetime), id, options)),
    );
    operation.learn(factsOf(stored));
    return new Download(environment, stored, options, operation);
  } catch (error) {
    throw operation.fail(error, options.signal);
  } finally {
    await operation.recorded();
  }
}
