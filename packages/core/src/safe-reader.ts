import type { ArtifactMetadata } from './artifact.ts';
import type { DownloadOptions } from './download.ts';
import { isArtifactError, type ArtifactError } from './errors.ts';
import type { Health } from './health.ts';
import type { JsonObject } from './json.ts';
import type { Page, PageOptions } from './list.ts';
import type { OperationOptions } from './operation.ts';
import type { ArtifactReader, GetMetadataOptions } from './reader.ts';

/** What a `safe` operation gives. It never throws an `ArtifactError`; an abort still rejects with the caller's reason. */
export type SafeResult<Success extends object = object> = (SafeSuccess & Success) | SafeFailure;

/** Beside what the operation gives. */
export interface SafeSuccess {
  readonly success: true;
  readonly durationMs: number;
}

export interface SafeFailure {
  readonly success: false;
  readonly error: ArtifactError;
  /** The message of `error`. */
  readonly errorMessage: string;
  readonly durationMs: number;
}

/** The reading operations that end with one value, as results. */
export class SafeReader<Metadata = JsonObject> {
  readonly #reader: ArtifactReader<Metadata>;
  readonly #monotonic: () => number;

  /** @internal */
  constructor(reader: ArtifactReader<Metadata>, monotonic: () => number) {
    this.#reader = reader;
    this.#monotonic = monotonic;
  }

  /** The verified bytes, all of the range at once. */
  download(
    id: string,
    options?: DownloadOptions,
  ): Promise<SafeResult<{ readonly data: Uint8Array<ArrayBuffer>; readonly metadata: ArtifactMetadata<Metadata> }>> {
    return settled(this.#monotonic, options?.signal, async () => {
      const download = await this.#reader.download(id, options);
      return { data: await download.bytes(), metadata: download.metadata };
    });
  }

  /** A success without metadata when there is no such artifact. */
  getMetadata(
    id: string,
    options?: GetMetadataOptions,
  ): Promise<SafeResult<{ readonly metadata: ArtifactMetadata<Metadata> | undefined }>> {
    return settled(this.#monotonic, options?.signal, async () => ({
      metadata: await this.#reader.getMetadata(id, options),
    }));
  }

  page(options?: PageOptions): Promise<SafeResult<{ readonly data: Page<Metadata> }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ data: await this.#reader.page(options) }));
  }

  healthCheck(options?: OperationOptions): Promise<SafeResult<{ readonly data: Health }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ data: await this.#reader.healthCheck(options) }));
  }
}

/** The outcome of `work` as a value. @throws the reason of `signal`, and whatever is no `ArtifactError` */
export async function settled<Success extends object>(
  monotonic: () => number,
  signal: AbortSignal | undefined,
  work: () => Promise<Success>,
): Promise<SafeResult<Success>> {
  const startedAt = monotonic();
  try {
    const success = await work();
    return { success: true, durationMs: monotonic() - startedAt, ...success };
  } catch (error) {
    // The reason of an abort may be an `ArtifactError`, too.
    if (!isArtifactError(error) || (signal?.aborted === true && error === signal.reason)) throw error;
    return { success: false, error, errorMessage: error.message, durationMs: monotonic() - startedAt };
  }
}
