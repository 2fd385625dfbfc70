import type { Readable } from 'node:stream';

import { S3Failure } from './s3-failure.ts';

/**
 * Reads the first `length` bytes of an answer into memory, and to its end if it has no more. The client's own timeouts end where a
 * body begins.
 *
 * @throws an `S3Failure` when the body ends early or nothing comes for `idleMs`
 */
export async function drain(body: Readable, length: number, idleMs: number): Promise<Uint8Array> {
  let stalled = false;
  const timer = setTimeout(() => {
    stalled = true;
    body.destroy();
  }, idleMs);
  try {
    let filling: Uint8Array | undefined;
    let filled = 0;
    for await (const arrived of body as AsyncIterable<Uint8Array>) {
      timer.refresh();
      // More than was asked for. What came to its end leaves its connection to the next request.
      if (filled === length) break;
      const chunk = arrived.subarray(0, length - filled);
      if (filled === 0 && chunk.length === length) {
        filling = chunk;
      } else {
        filling ??= Buffer.allocUnsafeSlow(length);
        filling.set(chunk, filled);
      }
      filled += chunk.length;
    }
    if (filled === length) return filling ?? new Uint8Array();
  } catch (error) {
    if (!stalled) throw error;
  } finally {
    clearTimeout(timer);
  }
  throw new S3Failure(stalled ? 'TimeoutError' : 'IncompleteBody');
}
