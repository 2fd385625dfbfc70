import { ArtifactError } from '@artifacts/core';

import { unlessAborted } from './abort.ts';
import { invalidArgument } from './failures.ts';
import type { FileSystem } from './filesystem.ts';

/** Smaller chunks are gathered to this many bytes before they are written. */
const gatherBytes = 256 * 1024;

/** Carries what a caller's body threw past everything that classifies the errors of the file system. */
export class BodyFailure extends Error {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super('the body failed');
    this.thrown = thrown;
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertSize(expected: number | undefined, found: number): void {
  if (expected === undefined || expected === found) return;
  throw invalidArgument('size', `the body has ${found} bytes, not ${expected}`, { expected, found });
}

/**
 * Writes the whole body to the file and gives its size.
 *
 * @throws `INVALID_ARGUMENT` when it is not `expectedSize` bytes, a {@link BodyFailure} when iterating it fails
 */
export async function writeBody(
  fs: FileSystem,
  descriptor: number,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  expectedSize: number | undefined,
  signal: AbortSignal | undefined,
): Promise<number> {
  let size = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    await writeAll(fs, descriptor, bytes, size);
    size += bytes.length;
  };
  if (body instanceof Uint8Array) {
    await append(body);
    return size;
  }
  let gathered = 0;
  let gathering: Uint8Array | undefined;
  for await (const chunk of guarded(body, signal)) {
    const known = size + gathered + chunk.length;
    if (expectedSize !== undefined && known > expectedSize) assertSize(expectedSize, known);
    if (gathering !== undefined && gathered + chunk.length > gatherBytes) {
      await append(gathering.subarray(0, gathered));
      gathered = 0;
    }
    if (chunk.length >= gatherBytes) {
      await append(chunk);
    } else {
      // Copied: the caller may fill the same memory again for its next chunk.
      gathering ??= new Uint8Array(gatherBytes);
      gathering.set(chunk, gathered);
      gathered += chunk.length;
    }
  }
  assertSize(expectedSize, size + gathered);
  if (gathering !== undefined) await append(gathering.subarray(0, gathered));
  return size;
}

/** The chunks of `body`, whose failures come as {@link BodyFailure}. An abort ends it, even when `body` hangs. */
async function* guarded(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const iterator = opened(body);
  let ended = false;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const result = await unlessAborted(settled(iterator.next()), signal);
      if ('error' in result) {
        ended = true;
        throw new BodyFailure(result.error);
      }
      if (result.done === true) {
        ended = true;
        return;
      }
      if (!(result.value instanceof Uint8Array)) throw invalidArgument('body', 'a chunk of the body is no Uint8Array');
      yield result.value;
    }
  } finally {
    if (!ended) {
      const closed = Promise.resolve(iterator.return?.());
      // When the signal aborted, the body is told and not waited for: one that hangs would hang here, too.
      await unlessAborted(closed, signal).catch(() => undefined);
    }
  }
}

function opened(body: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  try {
    return body[Symbol.asyncIterator]();
  } catch (error) {
    throw new BodyFailure(error);
  }
}

async function settled<T>(result: Promise<T>): Promise<T | { readonly error: unknown }> {
  try {
    return await result;
  } catch (error) {
    return { error };
  }
}

/** `write` may write less than asked without an error. */
async function writeAll(fs: FileSystem, descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await fs.write(descriptor, bytes, done, bytes.length - done, position + done);
    if (written <= 0) throw new ArtifactError('BACKEND', 'the file system took no more bytes');
    done += written;
  }
}
