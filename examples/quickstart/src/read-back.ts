import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

import type { ArtifactStore } from '@artifacts/core';

import { forEachAtOnce } from './concurrency.ts';
import { fileProblem, type SourceFile } from './files.ts';
import type { Progress } from './progress.ts';
import type { UploadedFile } from './upload.ts';

/** A file, and the SHA-256 of the bytes that the store gave back for it. */
export interface DownloadedFile {
  readonly file: SourceFile;
  readonly sha256: string;
}

/** Reads every artifact back, eight at a time. The store verifies each byte before it hands it out. */
export async function downloadAll(
  store: ArtifactStore,
  uploaded: readonly UploadedFile[],
  progress: Progress,
): Promise<DownloadedFile[]> {
  const downloaded: DownloadedFile[] = [];
  await forEachAtOnce(8, uploaded, async ({ file }) => {
    const download = await store.download(file.id);
    downloaded.push({ file, sha256: await sha256(progress.through(download)) });
    progress.fileDone();
  });
  return downloaded;
}

/** The store has checked all of it; this does not take its word. Gives a line for each file that differs. */
export async function compareWithDisk(downloaded: readonly DownloadedFile[]): Promise<string[]> {
  const problems: string[] = [];
  await forEachAtOnce(8, downloaded, async ({ file, sha256: expected }) => {
    try {
      const found = await sha256(createReadStream(file.path));
      if (found !== expected) problems.push(`"${file.id}" has changed since`);
    } catch (error) {
      problems.push(`"${file.id}" ${fileProblem(error)}`);
    }
  });
  return problems;
}

/** The bytes `[start, end)` of a file, to compare with a range of its artifact. */
export async function bytesOnDisk(path: string, start: number, end: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(end - start), 0, end - start, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function sha256(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
