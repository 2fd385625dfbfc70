import type { BigIntStats } from 'node:fs';
import { constants, open, type FileHandle } from 'node:fs/promises';

import { invalidArgument, type ArtifactError } from './errors.ts';
import { readFailure } from './file-failures.ts';
import { absolutePath } from './file-path.ts';
import type { ReopenableSource } from './source.ts';

const chunkBytes = 1024 * 1024;
// Opening a FIFO that stands in the place of a file would otherwise wait for somebody to write to it.
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;

/** A file to upload. It can be read again, so an upload of it is retried when the storage fails. */
export interface FileSource extends ReopenableSource {
  readonly size: number;
  /** The file from its start, in chunks of at most 1 MiB. Each chunk is memory of its own. */
  open(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>;
}

/**
 * Looks at a file and gives it as a source. Nothing stays open: whoever iterates opens the file anew, and closes it by ending,
 * throwing or leaving.
 *
 * The source is the file as it is now, by device, inode, size and modification time. Once another file is in its place, or it
 * was written to, iterating throws, at the latest instead of ending.
 *
 * @throws `INVALID_ARGUMENT` with the field `path` when there is no regular file; `ACCESS_DENIED`, `UNAVAILABLE` without descriptors or
 * memory, and `BACKEND` for every other failure of the file system, also while it is read
 */
export async function fileSource(path: string | URL): Promise<FileSource> {
  const absolute = absolutePath(path);
  const { file, stat } = await openFile(absolute);
  await file.close();
  return { size: Number(stat.size), open: () => readFile(absolute, stat) };
}

async function* readFile(path: string, then: BigIntStats): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { file, stat } = await openFile(path);
  try {
    requireSame(path, then, stat);
    const size = Number(then.size);
    let at = 0;
    for (;;) {
      // Room for one byte too many: what the system makes up when it is read tells a size and has another.
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, size - at + 1));
      const { bytesRead } = await call(path, () => file.read(buffer, 0, buffer.length, at));
      at += bytesRead;
      if (bytesRead === 0 || at > size) break;
      yield buffer.subarray(0, bytesRead);
    }
    requireSame(path, then, await call(path, () => file.stat({ bigint: true })));
    if (at !== size) throw refused(path, `tells a size of ${size} bytes and has another: copy it first`);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<{ readonly file: FileHandle; readonly stat: BigIntStats }> {
  const file = await call(path, () => open(path, openFlags));
  try {
    const stat = await call(path, () => file.stat({ bigint: true }));
    if (!stat.isFile()) throw refused(path, 'is not a regular file: give one, or a stream of what is there');
    return { file, stat };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function call<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

function requireSame(path: string, then: BigIntStats, now: BigIntStats): void {
  if (then.dev !== now.dev || then.ino !== now.ino) throw refused(path, 'is another one than before: look at it anew');
  if (then.size !== now.size || then.mtimeNs !== now.mtimeNs)
    throw refused(path, 'was written to since it was looked at: look at it anew, or copy it first');
}

function refused(path: string, problem: string): ArtifactError {
  return invalidArgument('path', `file ${JSON.stringify(path)} ${problem}`);
}
