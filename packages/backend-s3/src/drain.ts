import type { Readable } from 'node:stream';

import { S3Failure } from './s3-failure.ts';

/**
 * Gives the first `length` bytes of an answer to `take`, as they come, and reads it to its end if it has no more. Resolves when it holds
 * nothing any more. The client's own timeouts end where a body begins.
 *
 * @throws an `S3Failure` when the body ends early or nothing comes for `idleMs`
 */
export function drain(
  body: Readable,
  length: number,
  idleMs: number,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = length;
    const settle = (failure?: Error): void => {
      clearTimeout(timer);
      if (left === 0) resolve();
      else reject(failure ?? new S3Failure('IncompleteBody'));
    };
    const timer = setTimeout(() => body.destroy(new S3Failure('TimeoutError')), idleMs);
    // Not by iterating, which costs as much as the rest for every chunk.
    body.on('data', (arrived: Uint8Array) => {
      timer.refresh();
      const chunk = arrived.length > left ? arrived.subarray(0, left) : arrived;
      // More than was asked for. What comes to its end leaves its connection to the next request.
      if (chunk.length < arrived.length) body.destroy();
      left -= chunk.length;
      if (chunk.length > 0) take(chunk);
    });
    body.on('end', () => settle());
    body.on('error', settle);
    body.on('close', () => settle());
  });
}
