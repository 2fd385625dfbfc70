import { ArtifactError } from '@artifacts/core';

import { classified } from './failures.ts';
import type { FileSystem } from './filesystem.ts';
import type { OpenStreams } from './open-streams.ts';

const chunkBytes = 1024 * 1024;

export interface OpenFile {
  readonly descriptor: number;
  readonly size: bigint;
}

/**
 * The bytes `[start, end)` of a file that is opened by the first request and closed by whatever ends the iteration. While
 * few streams are open the next chunk is on its way as the consumer works on this one. Each is memory of its own, which the
 * consumer may keep.
 *
 * @throws `INTEGRITY` when the file ends early: an object's file never changes its length
 */
export async function* streamFile(
  open: () => Promise<OpenFile>,
  { fs, streams }: { readonly fs: FileSystem; readonly streams: OpenStreams },
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  let opened: OpenFile | undefined;
  let ahead: Promise<Uint8Array> | undefined;
  try {
    const file = await open();
    opened = file;
    streams.opened();
    const chunkAt = (from: number): Promise<Uint8Array> => {
      const chunk = streams.inTurn(() => readExactly(fs, file.descriptor, from, Math.min(from + chunkBytes, end)));
      // Whoever leaves early never awaits it.
      chunk.catch(() => undefined);
      return chunk;
    };
    for (let position = start; position < end;) {
      const chunk = await (ahead ?? chunkAt(position));
      signal?.throwIfAborted();
      position += chunk.length;
      ahead = position < end && streams.few ? chunkAt(position) : undefined;
      yield chunk;
      signal?.throwIfAborted();
    }
  } catch (error) {
    throw signal?.aborted === true && error === signal.reason ? error : classified(error, 'read an object', 'read');
  } finally {
    // Not before the read under way ended: its descriptor could be somebody else's by then.
    await ahead?.catch(() => undefined);
    if (opened !== undefined) {
      streams.closed();
      await closeRead(fs, opened.descriptor, opened.size);
    }
  }
}

/** Closes a file of `size` bytes. What was read is right, whatever `close` says. */
export async function closeRead(fs: FileSystem, descriptor: number, size: bigint): Promise<void> {
  // The last to close a large file that was deleted frees its blocks, which takes time.
  await (size <= chunkBytes ? fs.closeQuickly(descriptor) : fs.close(descriptor)).catch(() => undefined);
}

/** Exactly the bytes `[start, end)`; `read` may read less than asked without an error. */
export async function readExactly(fs: FileSystem, descriptor: number, start: number, end: number): Promise<Uint8Array> {
  // Not from the pool that small buffers share: what a reader keeps must not keep other readers' bytes.
  const bytes = Buffer.allocUnsafeSlow(end - start);
  let done = 0;
  while (done < bytes.length) {
    const read = await fs.read(descriptor, bytes, done, bytes.length - done, start + done);
    if (read <= 0) {
      throw new ArtifactError('INTEGRITY', 'an object was cut short while it was read', {
        expected: end,
        found: start + done,
      });
    }
    done += read;
  }
  return bytes;
}
