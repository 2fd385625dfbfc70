import type { ArtifactMetadata } from './artifact.ts';
import type { CopyOptions } from './copy.ts';
import type { DeleteOptions } from './delete.ts';
import type { Finding } from './finding.ts';
import type { Health, HealthOptions } from './health.ts';
import type { JsonObject } from './json.ts';
import type { OperationOptions } from './operation.ts';
import type { Recount } from './recount.ts';
import type { RepairOptions, RepairResult } from './repair.ts';
import type { ResignOptions, ResignReport } from './resign.ts';
import { SafeReader } from './safe-reader.ts';
import { settled, type SafeResult } from './safe-result.ts';
import type { ArtifactSource } from './source.ts';
import type { ArtifactStore } from './store.ts';
import type { SweepOptions } from './sweep-options.ts';
import type { SweepReport } from './sweep-report.ts';
import type { ArtifactChanges, UpdateOptions } from './update.ts';
import type { UploadOptions } from './upload-options.ts';
import type { Usage } from './usage.ts';

/** All operations that end with one value, as results. */
export class SafeStore<Input = JsonObject, Output = Input> extends SafeReader<Output> {
  readonly #store: ArtifactStore<Input, Output>;
  readonly #monotonic: () => number;

  /** @internal */
  constructor(store: ArtifactStore<Input, Output>, monotonic: () => number) {
    super(store, monotonic);
    this.#store = store;
    this.#monotonic = monotonic;
  }

  upload(
    id: string,
    source: ArtifactSource,
    options?: UploadOptions<Input>,
  ): Promise<SafeResult<{ readonly metadata: ArtifactMetadata<Output> }>> {
    return settled(this.#monotonic, options?.signal, async () => ({
      metadata: await this.#store.upload(id, source, options),
    }));
  }

  update(
    id: string,
    changes: ArtifactChanges<Input>,
    options?: UpdateOptions,
  ): Promise<SafeResult<{ readonly metadata: ArtifactMetadata<Output> }>> {
    return settled(this.#monotonic, options?.signal, async () => ({
      metadata: await this.#store.update(id, changes, options),
    }));
  }

  copy<TargetInput = Input, TargetOutput = Output>(
    from: string,
    to: string,
    options?: CopyOptions<TargetInput, TargetOutput>,
  ): Promise<SafeResult<{ readonly metadata: ArtifactMetadata<TargetOutput> }>> {
    return settled(this.#monotonic, options?.signal, async () => ({
      metadata: await this.#store.copy(from, to, options),
    }));
  }

  /** `data` tells whether there was something to delete. */
  delete(id: string, options?: DeleteOptions): Promise<SafeResult<{ readonly data: boolean }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ data: await this.#store.delete(id, options) }));
  }

  usage(options?: OperationOptions): Promise<SafeResult<{ readonly data: Usage }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ data: await this.#store.usage(options) }));
  }

  recount(options?: OperationOptions): Promise<SafeResult<{ readonly data: Recount }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ data: await this.#store.recount(options) }));
  }

  resign(options?: ResignOptions): Promise<SafeResult<{ readonly report: ResignReport }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ report: await this.#store.resign(options) }));
  }

  sweep(options?: SweepOptions): Promise<SafeResult<{ readonly report: SweepReport }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ report: await this.#store.sweep(options) }));
  }

  repair(finding: Finding, options?: RepairOptions): Promise<SafeResult<RepairResult>> {
    return settled(this.#monotonic, options?.signal, () => this.#store.repair(finding, options));
  }

  override healthCheck(options?: HealthOptions): Promise<SafeResult<{ readonly data: Health }>> {
    return settled(this.#monotonic, options?.signal, async () => ({ data: await this.#store.healthCheck(options) }));
  }

  ready(options?: OperationOptions): Promise<SafeResult> {
    return settled(this.#monotonic, options?.signal, async () => {
      await this.#store.ready(options);
      return {};
    });
  }
}
