import type { ArtifactMetadata } from './artifact.ts';
import type { DownloadOptions } from './download.ts';
import type { Health } from './health.ts';
import type { JsonObject } from './json.ts';
import type { KeyUsage, KeyUsageOptions } from './key-usage.ts';
import type { Page, PageOptions } from './list.ts';
import type { OperationOptions } from './operation.ts';
import type { ArtifactReader, GetMetadataOptions } from './reader.ts';
import { settled, type SafeResult } from './safe-result.ts';

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

  keyUsage(options?: KeyUsageOptions): Promise<SafeResult<{ readonly data: KeyUsage }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ data: await this.#reader.keyUsage(options) }));
  }

  healthCheck(options?: OperationOptions): Promise<SafeResult<{ readonly data: Health }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ data: await this.#reader.healthCheck(options) }));
  }
}
