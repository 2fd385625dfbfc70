import type { ArtifactMetadata } from './artifact.ts';
import { Download, openDownload } from './download.ts';
import type { Environment } from './environment.ts';
import { isArtifactError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { ArtifactStore } from './store.ts';
import { defaultName, uploadRequest, type UploadOptions } from './upload-options.ts';

/**
 * How the copy differs from its original: name, content type, metadata and expiry that are left out are the same.
 *
 * @typeParam Input - The input of the target's `metadataSchema`.
 * @typeParam Output - Its output.
 */
export interface CopyOptions<Input = JsonObject, Output = Input> extends Omit<
  UploadOptions<Input>,
  'size' | 'expectedSha256' | 'contentType' | 'metadata'
> {
  /** A media type (RFC 9110, 8.3.1); by default that of the original. */
  readonly contentType?: string | undefined;
  /** JSON values, at most 8 KiB as JSON text and 32 levels deep; by default those of the original, as they are stored. */
  readonly metadata?: Input | undefined;
  /** Where the copy goes; by default the same store. Another namespace or store signs it anew, with its own keys. */
  readonly into?: ArtifactStore<Input, Output> | undefined;
}

/** Stores what was read and verified from `from` in `into` under `to`. The original is pinned: the copy is of one version. */
export async function copyArtifact<Input, Output>(
  environment: Environment,
  from: string,
  into: ArtifactStore<Input, Output>,
  to: string,
  options: UploadOptions<Input>,
): Promise<ArtifactMetadata<Output>> {
  const { signal, timeoutMs, context } = options;
  // As it is stored, whatever this store's schema makes of it: the other one's decides.
  const asStored = { ...environment, metadataSchema: undefined };
  // What is wrong with an argument shows before any I/O.
  uploadRequest(to, () => [], options, asStored);
  const original = await openDownload(asStored, from, { signal, timeoutMs, context });
  try {
    return await into.upload(to, () => original, {
      ...(carriedOver(original, options) as UploadOptions<Input>),
      size: original.metadata.sizeBytes,
      expectedSha256: original.metadata.checksumSha256,
    });
  } catch (error) {
    // The source is an artifact: what is wrong with it is no mistake in an argument.
    if (isArtifactError(error, 'INVALID_ARGUMENT') && error.field === 'source' && isArtifactError(error.cause))
      throw error.cause;
    throw error;
  } finally {
    Download.endUnread(original);
  }
}

/** The options of the original, except for those that are given. A name that only repeats the id is made anew. */
function carriedOver(
  { metadata: original }: Download<unknown>,
  options: UploadOptions<unknown>,
): UploadOptions<unknown> {
  const { id, name, contentType, metadata, expiresAt } = original;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    ...(name !== defaultName(id) && { name }),
    contentType,
    metadata,
    ...(expiresAt !== undefined && options.ttlMs === undefined && { expiresAt }),
    ...given,
  };
}
