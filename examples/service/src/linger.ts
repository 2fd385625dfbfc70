import type { IncomingMessage } from 'node:http';

const lingerMs = 2000;
const lingerBytes = 16 * 1024 * 1024;

/**
 * Reads on what nobody wants any more, for a moment. A connection that is closed on a client who still sends is reset, and the answer
 * is lost on its way.
 */
export function linger(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = lingerBytes;
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.resume();
}
