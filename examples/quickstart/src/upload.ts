import { createReadStream } from 'node:fs';

import { type ArtifactMetadata, type ArtifactStore, isArtifactError } from '@artifacts/core';

import { forEachAtOnce } from './concurrency.ts';
import { fileProblem, type SourceFile } from './files.ts';
import type { Progress } from './progress.ts';

/** A file, and what the store says of it. */
export interface UploadedFile {
  readonly file: SourceFile;
  readonly metadata: ArtifactMetadata;
}

/** Stores every file, eight at a time. What is wrong with single files is told, a line each, and stops nothing. */
export async function uploadAll(
  store: ArtifactStore,
  files: readonly SourceFile[],
  progress: Progress,
): Promise<{ readonly uploaded: UploadedFile[]; readonly problems: string[] }> {
  const uploaded: UploadedFile[] = [];
  const problems: string[] = [];
  await forEachAtOnce(8, files, async (file) => {
    try {
      // A function and not a stream, so that the store can open the file again should the storage fail for a moment.
      const source = () => progress.through(createReadStream(file.path));
      const metadata = await store.upload(file.id, source, { size: file.sizeBytes });
      uploaded.push({ file, metadata });
    } catch (error) {
      problems.push(problemOf(file, error));
    }
    progress.fileDone();
  });
  return { uploaded, problems };
}

/** Why the file cannot be stored. @throws the error when it is not about this file */
function problemOf({ id }: SourceFile, error: unknown): string {
  if (isArtifactError(error, 'TOO_LARGE')) return error.message;
  if (!isArtifactError(error, 'INVALID_ARGUMENT')) throw error;
  // "source": it could not be read. "size": it is no longer as long as it was. Otherwise its name makes no id.
  if (error.field === 'source') return `"${id}" ${fileProblem(error.cause)}`;
  if (error.field === 'size') return `"${id}" changed while it was read`;
  return error.message;
}
