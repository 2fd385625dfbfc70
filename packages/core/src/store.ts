import type { ArtifactMetadata } from './artifact.ts';
import { lacking, requireCapability, requireConditions } from './conditions.ts';
import { copyArtifact, type CopyOptions } from './copy.ts';
import { deleteArtifact, type DeleteOptions } from './delete.ts';
import type { Environment } from './environment.ts';
import { configuration, invalidArgument } from './errors.ts';
import type { Finding } from './finding.ts';
import type { Health, HealthOptions } from './health.ts';
import { assertId } from './ids.ts';
import type { JsonObject } from './json.ts';
import { settleEach, type DeleteManyItem, type ManyOptions, type ManyResult, type UploadManyItem } from './many.ts';
import type { NamespaceOptions } from './namespaces.ts';
import type { OperationOptions } from './operation.ts';
import { unhurried } from './pass-options.ts';
import type { QuotaOptions } from './quota.ts';
import { ArtifactReader, learned } from './reader.ts';
import { checkReady } from './ready.ts';
import type { Recount } from './recount.ts';
import type { RepairOptions, RepairResult } from './repair.ts';
import type { ResignOptions, ResignReport } from './resign.ts';
import { SafeStore } from './safe-store.ts';
import { Session } from './session.ts';
import type { ArtifactSource } from './source.ts';
import { environmentOf, type ArtifactStoreOptions } from './store-options.ts';
import type { SweepOptions } from './sweep-options.ts';
import type { SweepReport } from './sweep-report.ts';
import { checkChanges, updateArtifact, type ArtifactChanges, type UpdateOptions } from './update.ts';
import { uploadRequest, type UploadOptions, type UploadRequest } from './upload-options.ts';
import { upload } from './upload.ts';
import type { Usage } from './usage.ts';

/**
 * Signed, verified artifact storage over a backend. Every artifact has a signed record, and every byte that is read back
 * is proven to be the byte that was stored.
 *
 * Operations reject with an `ArtifactError`, or with the reason of the caller's signal. Arguments are checked before any
 * I/O. One store may be used by any number of callers at once, and any number of stores, in any number of processes, may
 * share a backend's storage.
 *
 * @typeParam Input - The caller's own values as uploads take them: the input of `metadataSchema`.
 * @typeParam Output - The same as reads give them: its output.
 */
export class ArtifactStore<Input = JsonObject, Output = Input> extends ArtifactReader<Output> {
  readonly #session: Session;

  /** @internal First, because compilers tell what does not fit the last. */
  constructor(session: Session);
  /** Does no I/O. @throws `CONFIGURATION` with the field of the option that is wrong */
  constructor(options: ArtifactStoreOptions<Input, Output>);
  constructor(options: ArtifactStoreOptions<Input, Output> | Session) {
    const session = options instanceof Session ? options : new Session(environmentOf(options));
    super(session);
    this.#session = session;
  }

  /**
   * Stores `source` as the next version of `id`. When it resolves, the artifact is durable and visible to every reader;
   * when it rejects, the previous version is untouched, unless the code is `OUTCOME_UNKNOWN` or `AUDIT_INCOMPLETE`.
   *
   * Without a condition the last writer wins.
   *
   * @throws `INVALID_ARGUMENT`, `METADATA_INVALID`, `TOO_LARGE`, `ALREADY_EXISTS`, `PRECONDITION_FAILED`, `RETAINED`, `INTEGRITY` when
   * the content is not `expectedSha256`, `UNSUPPORTED` when the backend cannot do what a condition or retention needs
   */
  async upload(
    id: string,
    source: ArtifactSource,
    options: UploadOptions<Input> = {},
  ): Promise<ArtifactMetadata<Output>> {
    return this.#store(uploadRequest(id, source, options, this.#environment), options);
  }

  /**
   * Writes a new record over the same content. Gives the metadata as they are then.
   *
   * @throws `NOT_FOUND`, `EXPIRED`, `PRECONDITION_FAILED`, `RETAINED` when retention would be shortened
   */
  async update(
    id: string,
    changes: ArtifactChanges<Input>,
    options: UpdateOptions = {},
  ): Promise<ArtifactMetadata<Output>> {
    assertId(id);
    requireConditions(options, 1);
    const checked = checkChanges(changes, this.#environment);
    return this.#session.run('update', id, options, async (storage, operation) => {
      const transaction = await this.#session.transaction(storage, id);
      requireCapability(transaction.capabilities, 'compareAndSwap', this.#environment.backend.name, 'update');
      const { stored, seen } = await transaction.run(() => updateArtifact(transaction, checked, options));
      return { ...learned(operation, stored), metadata: seen as Output };
    });
  }

  /**
   * Deletes an artifact, expired ones included. Gives `false` when there was none, so deleting twice is no error.
   *
   * @throws `RETAINED`, `PRECONDITION_FAILED`, `SIGNATURE_INVALID` and its like when the record does not verify
   */
  async delete(id: string, options: DeleteOptions = {}): Promise<boolean> {
    assertId(id);
    requireConditions(options, 1);
    return this.#session.run('delete', id, options, async (storage) => {
      const transaction = await this.#session.transaction(storage, id);
      return transaction.run(() => deleteArtifact(transaction, options));
    });
  }

  /**
   * Stores the verified content of `from` as the next version of `to`, with its name, content type, expiry and metadata unless
   * others are given. Retention and hold stay with the original. Nothing is kept on disk, and memory does not grow with the size.
   *
   * @throws what {@link ArtifactReader.download} and {@link ArtifactStore.upload} throw
   */
  async copy<TargetInput = Input, TargetOutput = Output>(
    from: string,
    to: string,
    options: CopyOptions<TargetInput, TargetOutput> = {},
  ): Promise<ArtifactMetadata<TargetOutput>> {
    // Without another store the target is this one, and the types are its own.
    const { into = this as unknown as ArtifactStore<TargetInput, TargetOutput>, ...changes } = options;
    if (typeof into !== 'object' || into === null || !(#session in into))
      throw invalidArgument('into', 'into is no ArtifactStore of this copy of @artifacts/core');
    const target = {
      environment: into.#environment,
      store: (request: UploadRequest, left: OperationOptions) => into.#store(request, left),
    };
    return copyArtifact(this.#environment, from, target, to, changes);
  }

  /**
   * Uploads each item, several at once. Gives one result per item, in their order; the failure of one stops no other. Rejects
   * only with the reason of an abort, or what iterating `items` throws; what is under way is then aborted.
   */
  async uploadMany(
    items: Iterable<UploadManyItem<Input>> | AsyncIterable<UploadManyItem<Input>>,
    options: ManyOptions = {},
  ): Promise<ManyResult<{ readonly metadata: ArtifactMetadata<Output> }>[]> {
    this.#session.requireOpen();
    return settleEach(items, options, this.#environment.monotonic, async ({ id, source, ...own }, shared) => ({
      metadata: await this.upload(id, source, { ...own, ...shared }),
    }));
  }

  /** Deletes each id, several at once; `deleted` tells whether there was an artifact. Otherwise as {@link ArtifactStore.uploadMany}. */
  async deleteMany(
    items: Iterable<string | DeleteManyItem> | AsyncIterable<string | DeleteManyItem>,
    options: ManyOptions = {},
  ): Promise<ManyResult<{ readonly deleted: boolean }>[]> {
    this.#session.requireOpen();
    return settleEach(items, options, this.#environment.monotonic, async (item, shared) => {
      const { id, ...own } = typeof item === 'string' ? { id: item } : item;
      return { deleted: await this.delete(id, { ...own, ...shared }) };
    });
  }

  /**
   * Signs every record with the active keys that is not signed by them alone, in a store those of its namespaces, too. The old keys
   * must still verify. Ledgers are signed anew, too. Content stays where it is, and generation, retention, hold and all else as they
   * were. Costs one read and one conditional write of a record; what was done already costs the read. May be run at any time, beside
   * any other operation, and again.
   *
   * What does not verify is among the `failures` and left alone.
   *
   * @throws `UNSUPPORTED` without compare-and-swap, `INVALID_ARGUMENT` when the active keys are not `to`
   */
  async resign(options: ResignOptions = {}): Promise<ResignReport> {
    this.#session.requireOpen();
    const { requireResign, resignAll } = await import('./resign.ts');
    const after = requireResign(options);
    return this.#session.run('resign', undefined, unhurried(options), (storage) =>
      resignAll(this.#session, storage, options, after),
    );
  }

  /**
   * Removes what is due: expired artifacts, content that nothing names any more, tombstones, and what interrupted writes left
   * behind. The store itself sweeps all its namespaces, too; a namespace sweeps only itself. Must be called now and then, by a cron
   * job or by {@link startSweeper}; nothing else removes what has expired. Costs a few requests for each thing that is removed, and
   * three listings for each namespace, whatever is stored.
   *
   * Never removes what is live, retained, held, or does not verify. Any number of sweeps may run at once, and one may be ended at
   * any moment: the next goes on. Rejects only where it cannot go on; what has to stay is in the report.
   *
   * @throws `INVALID_ARGUMENT`, `CONFIGURATION` when the clock is more than five minutes off the storage's
   */
  async sweep(options: SweepOptions = {}): Promise<SweepReport> {
    this.#session.requireOpen();
    const [{ requireSweep }, { sweep }] = await Promise.all([import('./sweep-options.ts'), import('./sweep.ts')]);
    const from = requireSweep(options);
    return this.#session.run('sweep', undefined, options, async (storage, operation) => {
      const capabilities = await (options.dryRun === true ? storage.capabilities() : this.#session.prepare(storage));
      const report = await sweep(storage, capabilities, options, from);
      if (!report.dryRun) operation.learn({ swept: report.counts });
      return report;
    });
  }

  /**
   * Does about a finding of {@link ArtifactReader.verify} what can be done without losing anything, after looking whether it still holds. Missing
   * or wrong content is taken `from` another store if it has just that content; a missing marker is written; a record that
   * does not verify is put aside, byte for byte, under `quarantine/`, so that its id may be used again, and the artifact of `from`
   * takes its place where there is one. Whatever is left over then is the sweep's. Nothing is deleted that was not verified or put aside.
   *
   * A record of an unknown or revoked key, or of a newer release, stays unless `from` has the artifact.
   *
   * @throws `INVALID_ARGUMENT`, `SUPERSEDED`, `UNSUPPORTED` where the backend has neither compare-and-swap nor conditional delete
   */
  async repair(finding: Finding, options: RepairOptions = {}): Promise<RepairResult> {
    this.#session.requireOpen();
    const { repairFinding, requireRepair } = await import('./repair.ts');
    requireRepair(finding, options);
    return repairFinding(this.#session, finding, options);
  }

  /**
   * Rejects with one error that lists every problem of backend, format, capabilities, clock and keys; worth calling once at
   * the start of a process. Its code is the one that all have, `CONFIGURATION` where they differ. Writes and removes a probe object.
   */
  async ready(options: OperationOptions = {}): Promise<void> {
    await this.#session.run('ready', undefined, options, (storage) =>
      checkReady(
        storage,
        () => this.#session.prepare(storage),
        (capabilities) => this.#session.ledger(capabilities),
      ),
    );
  }

  /** What may be stored here, as this handle was told; `undefined` when it was told of no quota. */
  get quota(): QuotaOptions | undefined {
    return this.#environment.accounting?.quota;
  }

  /** Looks whether the store can be used; when it is `deep` by writing, too. What is wrong is in the result, not thrown. */
  override async healthCheck(options: HealthOptions = {}): Promise<Health> {
    return super.healthCheck(options);
  }

  /**
   * What is stored here; in a namespace what is stored in that. With `quota` or `trackUsage` the ledger tells, exactly and across
   * processes, unless a busy process holds a lease; otherwise every record is read.
   *
   * @throws `SIGNATURE_INVALID`, `INTEGRITY` and their like when the ledger does not verify
   */
  async usage(options: OperationOptions = {}): Promise<Usage> {
    const { readUsage } = await import('./usage.ts');
    return this.#session.run('usage', undefined, options, (storage) => readUsage(storage));
  }

  /**
   * Counts every record, puts the ledger right, and tells how far it was off; also where it is missing or does not verify. Uploads,
   * overwrites and deletes wait meanwhile.
   *
   * @throws `CONFIGURATION` without `quota` and `trackUsage`, `UNSUPPORTED` on a backend that cannot have a ledger
   */
  async recount(options: OperationOptions = {}): Promise<Recount> {
    if (this.#environment.accounting === undefined)
      throw configuration(
        'trackUsage',
        'no usage is kept here: open the store with quota or trackUsage, or ask usage()',
      );
    const { recountAnew } = await import('./recount.ts');
    return this.#session.run('recount', undefined, options, async (storage) => {
      const capabilities = await this.#session.prepare(storage);
      const ledger = await this.#session.ledger(capabilities);
      if (ledger !== undefined) return recountAnew(storage, ledger);
      throw lacking('compareAndSwap', this.#environment.backend.name, 'trackUsage');
    });
  }

  /** @param options - A quota of its own: every handle that writes there has to be given it, or `trackUsage`. */
  override namespace(name: string, options: NamespaceOptions = {}): ArtifactStore<Input, Output> {
    return new ArtifactStore<Input, Output>(this.#session.namespace(name, options));
  }

  override get safe(): SafeStore<Input, Output> {
    return new SafeStore(this, this.#environment.monotonic);
  }

  get #environment(): Environment {
    return this.#session.environment;
  }

  #store(request: UploadRequest, options: OperationOptions): Promise<ArtifactMetadata<Output>> {
    return this.#session.run('upload', request.id, options, async (storage, operation) => {
      const transaction = await this.#session.transaction(storage, request.id);
      const stored = await transaction.run(() => upload(transaction, request));
      operation.bytes = stored.record.sizeBytes;
      return { ...learned(operation, stored), metadata: request.metadata.seen as Output };
    });
  }
}
