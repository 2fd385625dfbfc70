import { ArtifactError } from '@artifacts/core';

import { classified } from './failures.ts';
import type { FileSystem } from './filesystem.ts';

const chunkBytes = 1024 * 1024;

/**
 * The bytes `[start, end)` of a file that is opened by the first request and closed by whatever ends the iteration. The
 * next chunk is on its way while the consumer works on this one; each is memory of its own, which the consumer may keep.
 *
 * @throws `INTEGRITY` when the file ends early: an object's file never changes its length
 */
export async function* streamFile(
  open: () => Promise<number>,
  fs: FileSystem,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  let descriptor: number | undefined;
  let ahead: Promise<Uint8Array> | undefined;
  try {
    const file = await open();
    descriptor = file;
    const chunkAt = (from: number): Promise<Uint8Array> => {
      const chunk = readExactly(fs, file, from, Math.min(from + chunkBytes, end));
      // Whoever leaves early never awaits it.
      chunk.catch(() => undefined);
      return chunk;
    };
    let position = start;
    let next = chunkAt(position);
    for (;;) {
      ahead = next;
      const chunk = await next;
      signal?.throwIfAborted();
      position += chunk.length;
      if (position < end) {
        next = chunkAt(position);
        ahead = next;
      }
      yield chunk;
      signal?.throwIfAborted();
      if (position >= end) return;
    }
  } catch (error) {
    throw signal?.aborted === true && error === signal.reason ? error : classified(error, 'read an object', 'read');
  } finally {
    // Not before the read under way ended: its descriptor could be somebody else's by then.
    await ahead?.catch(() => undefined);
    if (descriptor !== undefined) await closeRead(fs, descriptor, BigInt(end));
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
