import type { ArtifactMetadata } from './artifact.ts';
import type { BackendCapabilities } from './backend.ts';
import {
  judgeExpectations,
  requireCapability,
  requireConditions,
  requireExpectations,
  type Expectations,
} from './conditions.ts';
import { deleteArtifact, type DeleteOptions } from './delete.ts';
import { openDownload, type Download, type DownloadOptions } from './download.ts';
import type { Environment } from './environment.ts';
import { ArtifactError } from './errors.ts';
import type { OperationName } from './events.ts';
import { declareFormat } from './format.ts';
import { checkHealth, type Health } from './health.ts';
import { assertId } from './ids.ts';
import {
  listArtifacts,
  pageOfArtifacts,
  requireListing,
  requirePage,
  type ListOptions,
  type Page,
  type PageOptions,
} from './list.ts';
import { runIteration, runOperation, type Operation, type OperationOptions } from './operation.ts';
import { checkReady } from './ready.ts';
import { isArtifact, readRecord } from './read-record.ts';
import { toMetadata, type ArtifactRecord, type VerifiedRecord } from './record.ts';
import type { ArtifactSource } from './source.ts';
import { environmentOf, type ArtifactStoreOptions } from './store-options.ts';
import { Storage } from './storage.ts';
import { Transaction } from './transaction.ts';
import { checkChanges, updateArtifact, type ArtifactChanges, type UpdateOptions } from './update.ts';
import { uploadRequest, type UploadOptions } from './upload-options.ts';
import { upload } from './upload.ts';

export interface GetMetadataOptions extends OperationOptions, Expectations {}

/**
 * Signed, verified artifact storage over a backend. Every artifact has a signed record, and every byte that is read back
 * is proven to be the byte that was stored.
 *
 * Operations reject with an `ArtifactError`, or with the reason of the caller's signal. Arguments are checked before any
 * I/O. One store may be used by any number of callers at once, and any number of stores, in any number of processes, may
 * share a backend's storage.
 */
export class ArtifactStore {
  readonly #environment: Environment;
  #writable: Promise<BackendCapabilities> | undefined;
  #closed = false;

  /** Does no I/O. @throws `CONFIGURATION` with the field of the option that is wrong */
  constructor(options: ArtifactStoreOptions) {
    this.#environment = environmentOf(options);
  }

  /**
   * Stores `source` as the next version of `id`. When it resolves, the artifact is durable and visible to every reader;
   * when it rejects, the previous version is untouched, unless the code is `OUTCOME_UNKNOWN`.
   *
   * Without a condition the last writer wins.
   *
   * @throws `INVALID_ARGUMENT`, `TOO_LARGE`, `ALREADY_EXISTS`, `PRECONDITION_FAILED`, `RETAINED`, `INTEGRITY` when the content is
   * not `expectedSha256`, `UNSUPPORTED` when the backend cannot do what a condition or retention needs
   */
  async upload(id: string, source: ArtifactSource, options: UploadOptions = {}): Promise<ArtifactMetadata> {
    const { limits, now } = this.#environment;
    const request = uploadRequest(id, source, options, limits, now());
    return this.#run('upload', id, options, async (storage, operation) => {
      const stored = await upload(await this.#transaction(storage, id), request);
      operation.bytes = stored.record.sizeBytes;
      return learned(operation, stored);
    });
  }

  /**
   * Finds an artifact and verifies its record. The content is read, and verified chunk by chunk, through the handle.
   *
   * @throws `NOT_FOUND`, `EXPIRED`, `PRECONDITION_FAILED`, `ROLLBACK_DETECTED`, `INTEGRITY`, `SIGNATURE_INVALID`, `UNKNOWN_KEY`,
   * `KEY_REVOKED`, `INVALID_ARGUMENT` with `sizeBytes` for a range that starts past the end
   */
  async download(id: string, options: DownloadOptions = {}): Promise<Download> {
    this.#requireOpen();
    return openDownload(this.#environment, id, options);
  }

  /** The verified record of an artifact, also of an expired one; `undefined` when there is none. */
  async getMetadata(id: string, options: GetMetadataOptions = {}): Promise<ArtifactMetadata | undefined> {
    assertId(id);
    requireExpectations(options);
    return this.#run('getMetadata', id, options, async (storage, operation) => {
      const stored = await readRecord(storage, storage.environment, id);
      if (!isArtifact(stored)) return undefined;
      judgeExpectations(id, options, stored.record);
      return learned(operation, stored);
    });
  }

  /**
   * Every artifact, in the order of keys. Records that do not verify never hide the others: they go to `onInvalid`, or end
   * the listing with one `INTEGRITY` error that has them as `invalid`.
   */
  list(options: ListOptions = {}): AsyncIterableIterator<ArtifactMetadata> {
    this.#requireOpen();
    requireListing(options);
    return runIteration(this.#environment, 'list', options, (operation, lifetime) => {
      const storage = new Storage(operation, lifetime);
      return listArtifacts(storage, storage.environment, options);
    });
  }

  /** One page of a listing. The last one may be short or empty: only a missing `cursor` means the end. */
  async page(options: PageOptions = {}): Promise<Page> {
    const after = requirePage(options);
    return this.#run('page', undefined, options, (storage) =>
      pageOfArtifacts(storage, storage.environment, options, after),
    );
  }

  /**
   * Writes a new record over the same content. Gives the metadata as they are then.
   *
   * @throws `NOT_FOUND`, `EXPIRED`, `PRECONDITION_FAILED`, `RETAINED` when retention would be shortened
   */
  async update(id: string, changes: ArtifactChanges, options: UpdateOptions = {}): Promise<ArtifactMetadata> {
    assertId(id);
    requireConditions(options, 1);
    const checked = checkChanges(changes, this.#environment.now());
    return this.#run('update', id, options, async (storage, operation) => {
      const transaction = await this.#transaction(storage, id);
      requireCapability(transaction.capabilities, 'compareAndSwap', this.#environment.backend.name, 'update');
      return learned(operation, await updateArtifact(transaction, checked, options));
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
    return this.#run('delete', id, options, async (storage) =>
      deleteArtifact(await this.#transaction(storage, id), options),
    );
  }

  /**
   * Rejects with one `CONFIGURATION` error that lists every problem of backend, format, capabilities, clock and keys;
   * worth calling once at the start of a process. Writes and removes a probe object.
   */
  async ready(options: OperationOptions = {}): Promise<void> {
    await this.#run('ready', undefined, options, (storage) =>
      checkReady(storage, storage.environment, () => this.#prepare(storage)),
    );
  }

  /** Looks whether the store can be used. Reads only; what is wrong is in the result, not thrown. */
  async healthCheck(options: OperationOptions = {}): Promise<Health> {
    return this.#run('healthCheck', undefined, options, (storage) => checkHealth(storage, storage.environment));
  }

  /** Refuses further operations. Those under way end by themselves; the backend stays open, because it was given. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run<T>(
    name: OperationName,
    id: string | undefined,
    options: OperationOptions,
    work: (storage: Storage, operation: Operation) => Promise<T>,
  ): Promise<T> {
    this.#requireOpen();
    return runOperation(this.#environment, name, id, options, (operation, lifetime) =>
      work(new Storage(operation, lifetime), operation),
    );
  }

  async #transaction(storage: Storage, id: string): Promise<Transaction> {
    return new Transaction(storage, await this.#prepare(storage), id);
  }

  /** Before the first write: asks what the backend can do, and says in the storage what format this is. */
  async #prepare(storage: Storage): Promise<BackendCapabilities> {
    if (this.#writable !== undefined) return this.#writable;
    const preparing = (async () => {
      const capabilities = await storage.capabilities();
      await declareFormat(storage, capabilities);
      return capabilities;
    })();
    // Shared only once it succeeded: a failure or an abort is of this one operation.
    const capabilities = await preparing;
    this.#writable = preparing;
    return capabilities;
  }

  #requireOpen(): void {
    if (this.#closed) throw new ArtifactError('CONFIGURATION', 'the store is closed');
  }
}

function learned(operation: Operation, stored: VerifiedRecord<ArtifactRecord>): ArtifactMetadata {
  const { generation, checksumSha256 } = stored.record;
  operation.learn({ generation, sha256: checksumSha256, keyId: stored.keyId });
  return toMetadata(stored);
}
