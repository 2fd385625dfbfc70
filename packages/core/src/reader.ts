import type { ArtifactMetadata } from './artifact.ts';
import { judgeExpectations, requireExpectations, type Expectations } from './conditions.ts';
import { openDownload, type Download, type DownloadOptions } from './download.ts';
import { requireVerify, type Finding, type VerifyOptions } from './finding.ts';
import { checkHealth, requireHealth, type Health } from './health.ts';
import { assertId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { KeyUsage, KeyUsageOptions } from './key-usage.ts';
import {
  listArtifacts,
  pageOfArtifacts,
  requireListing,
  requirePage,
  type ListOptions,
  type Page,
  type PageOptions,
} from './list.ts';
import { typedMetadata } from './metadata-schema.ts';
import { runIteration, type Operation, type OperationOptions } from './operation.ts';
import { isArtifact, lookUpRecord } from './read-record.ts';
import { unhurried } from './pass-options.ts';
import { toMetadata, type ArtifactRecord, type VerifiedRecord } from './record.ts';
import { SafeReader } from './safe-reader.ts';
import { Session } from './session.ts';
import { readingEnvironmentOf, type ArtifactReaderOptions } from './store-options.ts';
import { Storage } from './storage.ts';

export interface GetMetadataOptions extends OperationOptions, Expectations {}

/**
 * The reading half of an {@link ArtifactStore}: for processes that hold public keys alone, or that must not write. It never
 * writes, and never asks a backend what it could write.
 *
 * Operations reject with an `ArtifactError`, or with the reason of the caller's signal. Arguments are checked before any
 * I/O. One reader may be used by any number of callers at once.
 *
 * @typeParam Metadata - The caller's own values as reads give them: the output of `metadataSchema`.
 */
export class ArtifactReader<Metadata = JsonObject> {
  readonly #session: Session;

  /** @internal First, because compilers tell what does not fit the last. */
  constructor(session: Session);
  /** Does no I/O. @throws `CONFIGURATION` with the field of the option that is wrong */
  constructor(options: ArtifactReaderOptions<Metadata>);
  constructor(options: ArtifactReaderOptions<Metadata> | Session) {
    this.#session = options instanceof Session ? options : new Session(readingEnvironmentOf(options));
  }

  /** @internal What a function beside the class needs of it; `undefined` when it is none of this copy of the package. */
  static sessionOf(reader: unknown): Session | undefined {
    return typeof reader === 'object' && reader !== null && #session in reader ? reader.#session : undefined;
  }

  /** Names the store in events and metrics. */
  get label(): string {
    return this.#session.environment.label;
  }

  /** Whether it was closed, or the store that it is a namespace of. */
  get closed(): boolean {
    return this.#session.closed;
  }

  /** Names the medium in events and metrics, such as `local` or `s3`. */
  get backendName(): string {
    return this.#session.environment.backend.name;
  }

  /**
   * Finds an artifact and verifies its record. The content is read, and verified chunk by chunk, through the handle.
   *
   * @throws `NOT_FOUND`, `EXPIRED`, `PRECONDITION_FAILED`, `ROLLBACK_DETECTED`, `INTEGRITY`, `SIGNATURE_INVALID`, `UNKNOWN_KEY`,
   * `KEY_REVOKED`, `METADATA_INVALID`, `INVALID_ARGUMENT` with `sizeBytes` for a range that starts past the end
   */
  async download(id: string, options: DownloadOptions = {}): Promise<Download<Metadata>> {
    return (await openDownload(this.#session.environment, id, options)) as Download<Metadata>;
  }

  /**
   * The verified record of an artifact, also of an expired one; `undefined` when there is none. One request; a record that
   * verified before, and that the storage says has not changed, is not verified again.
   */
  async getMetadata(id: string, options: GetMetadataOptions = {}): Promise<ArtifactMetadata<Metadata> | undefined> {
    assertId(id);
    requireExpectations(options);
    return this.#session.run('getMetadata', id, options, async (storage, operation) => {
      const stored = await lookUpRecord(storage, id);
      if (!isArtifact(stored)) return undefined;
      judgeExpectations(id, options, stored.record);
      const { metadataSchema } = storage.environment;
      return typedMetadata(metadataSchema, learned(operation, stored)) as ArtifactMetadata<Metadata>;
    });
  }

  /**
   * Every artifact, in the order of keys. Records that do not verify, or whose metadata do not follow the schema, never hide the
   * others: they go to `onInvalid`, or end the listing with one `INTEGRITY` error that has them as `invalid`.
   */
  list(options: ListOptions = {}): AsyncIterableIterator<ArtifactMetadata<Metadata>> {
    this.#session.requireOpen();
    requireListing(options);
    const artifacts = runIteration(this.#session.environment, 'list', options, (operation, lifetime) =>
      listArtifacts(new Storage(operation, lifetime), options),
    );
    return artifacts as AsyncIterableIterator<ArtifactMetadata<Metadata>>;
  }

  /** One page of a listing. The last one may be short or empty: only a missing `cursor` means the end. */
  async page(options: PageOptions = {}): Promise<Page<Metadata>> {
    const after = requirePage(options);
    const page = await this.#session.run('page', undefined, options, (storage) =>
      pageOfArtifacts(storage, options, after),
    );
    return page as Page<Metadata>;
  }

  /**
   * Which keys the records need, in a store those of its namespaces, too: look before a key is revoked or dropped. Reads the signed
   * line of every record, past what is remembered. Records that do not verify are among the `failures` and hide nothing.
   */
  async keyUsage(options: KeyUsageOptions = {}): Promise<KeyUsage> {
    this.#session.requireOpen();
    // Loaded when it is asked for: few processes do.
    const { countKeys, requireKeyUsage } = await import('./key-usage.ts');
    requireKeyUsage(options);
    return this.#session.run('keyUsage', undefined, unhurried(options), (storage) =>
      countKeys(this.#session, storage, options),
    );
  }

  /**
   * Looks for what is wrong: in every record, in the content it names, and with what nothing leads to; in a store in all namespaces, too. Reads
   * only, takes what others write meanwhile into account, and ends well whatever it finds. Holds the keys of all contents of a namespace at once.
   */
  verify(options: VerifyOptions = {}): AsyncIterableIterator<Finding> {
    this.#session.requireOpen();
    const after = requireVerify(options);
    const session = this.#session;
    return runIteration(session.environment, 'verify', unhurried(options), async function* (operation, lifetime) {
      const { findingsOf } = await import('./verify.ts');
      yield* findingsOf(session, new Storage(operation, lifetime), options, after);
    });
  }

  /** Looks whether the store can be used. Reads only; what is wrong is in the result, not thrown. */
  async healthCheck(options: OperationOptions = {}): Promise<Health> {
    requireHealth(options, this.#session.environment);
    return this.#session.run('healthCheck', undefined, options, (storage) => checkHealth(storage, options));
  }

  /**
   * The artifacts of one namespace, which is signed with the audience: a record that was moved between two namespaces, or out of
   * one, does not verify. The way to keep tenants apart. Does no I/O; a namespace is there as soon as something is in it.
   *
   * @throws `INVALID_ARGUMENT` when `name` is empty, has a `/` or a control character, is not in normalisation form C, or is longer
   * than 64 bytes once escaped; `CONFIGURATION` within a namespace
   */
  namespace(name: string): ArtifactReader<Metadata> {
    return new ArtifactReader(this.#session.namespace(name));
  }

  /** The same operations for those who would rather look at a result than catch an error. */
  get safe(): SafeReader<Metadata> {
    return new SafeReader(this, this.#session.environment.monotonic);
  }

  /**
   * Refuses further operations. Those under way end by themselves. A backend that was given stays open; one that
   * {@link openArtifactStore} opened is closed, so end what is under way before.
   */
  async close(): Promise<void> {
    await this.#session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Tells the events of an operation which version it was about, and the caller what the record says. */
export function learned(operation: Operation, stored: VerifiedRecord<ArtifactRecord>): ArtifactMetadata {
  const { generation, checksumSha256 } = stored.record;
  operation.learn({ generation, sha256: checksumSha256, keyId: stored.keyId });
  return toMetadata(stored);
}
