import type { ArtifactMetadata } from './artifact.ts';
import { Download, openDownload } from './download.ts';
import type { Environment } from './environment.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { OperationOptions } from './operation.ts';
import { artifactSource } from './source.ts';
import type { ArtifactStore } from './store.ts';
import { defaultName, uploadRequest, type UploadOptions, type UploadRequest } from './upload-options.ts';

/**
 * How the copy differs from its original: name, content type, metadata and expiry that are left out are the same.
 *
 * @typeParam Input - The input of the target's `metadataSchema`.
 * @typeParam Output - Its output.
 */
export interface CopyOptions<Input = JsonObject, Output = Input> extends Omit<
  UploadOptions<Input>,
  'size' | 'expectedSha256' | 'contentType' | 'metadata' | 'expiresAt'
> {
  /** When reads begin to be refused; `null` is never. By default that of the original. */
  readonly expiresAt?: Date | number | null | undefined;
  /** A media type (RFC 9110, 8.3.1); by default that of the original. */
  readonly contentType?: string | undefined;
  /** JSON values, at most 8 KiB as JSON text and 32 levels deep; by default those of the original, as they are stored. */
  readonly metadata?: Input | undefined;
  /** Where the copy goes; by default the same store. Another namespace or store signs it anew, with its own keys. */
  readonly into?: ArtifactStore<Input, Output> | undefined;
}

/** Where a copy goes. */
export interface CopyTarget<Output> {
  readonly environment: Environment;
  store(request: UploadRequest, options: OperationOptions): Promise<ArtifactMetadata<Output>>;
}

/** Stores what was read and verified from `from` in `target` under `to`. The original is pinned: the copy is of one version. */
export async function copyArtifact<Input, Output>(
  environment: Environment,
  from: string,
  target: CopyTarget<Output>,
  to: string,
  { expiresAt, ...changes }: Omit<CopyOptions<Input, Output>, 'into'>,
): Promise<ArtifactMetadata<Output>> {
  const startedAt = environment.monotonic();
  const { signal, timeoutMs, context } = changes;
  const given = { ...changes, ...(expiresAt !== null && { expiresAt }) };
  // What is wrong with an argument, or with the target, shows before any I/O. Metadata that are not given are not known yet.
  target.environment.requireOpen();
  const judging = changes.metadata === undefined ? { metadataSchema: undefined } : {};
  uploadRequest(to, () => [], given, { ...target.environment, ...judging });
  // As it is stored, whatever this store's schema makes of it: the other one's decides.
  const asStored = { ...environment, metadataSchema: undefined };
  const original = await openDownload(asStored, from, { signal, timeoutMs, context });
  try {
    const { sizeBytes: size, checksumSha256: expectedSha256 } = original.metadata;
    const options = { ...carriedOver(original, given, expiresAt === null), size, expectedSha256 };
    const request = uploadRequest(to, () => original, options, target.environment);
    const left = timeoutMs && Math.max(1, Math.ceil(timeoutMs - (environment.monotonic() - startedAt)));
    return await target.store(
      { ...request, source: artifactSource({ [Symbol.asyncIterator]: () => readToCopy(original) }, size) },
      { signal, context, timeoutMs: left },
    );
  } finally {
    Download.endUnread(original);
  }
}

/** The bytes of the original. When only the end of their reading is missing from the audit trail, nothing is copied yet. */
async function* readToCopy(original: Download<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* original;
  } catch (cause) {
    if (!isArtifactError(cause, 'AUDIT_INCOMPLETE')) throw cause;
    const { id } = original.metadata;
    throw new ArtifactError(
      'UNAVAILABLE',
      `the audit trail did not take the end of reading artifact "${id}": nothing was copied`,
      { artifactId: id, field: 'audit', cause },
    );
  }
}

/** The options of the original, except for those that are given. A name that only repeats the id is made anew. */
function carriedOver(
  { metadata: original }: Download<unknown>,
  given: UploadOptions<unknown>,
  forGood: boolean,
): UploadOptions<unknown> {
  const { id, name, contentType, metadata, expiresAt } = original;
  const expires = expiresAt !== undefined && !forGood && given.ttlMs === undefined;
  return {
    ...(name !== defaultName(id) && { name }),
    contentType,
    metadata,
    ...(expires && { expiresAt }),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}
