import { readFileSync } from 'node:fs';

/** What all reads of this process so far gave it, counted by the kernel, pages already in memory included. */
function bytesRead(): number {
  const [, bytes = '0'] = /^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8')) ?? [];
  return Number(bytes);
}

/** How many bytes the work read, in whole KiB: the event loop's own wake-ups are reads of 8 bytes and count, too. */
export async function bytesReadBy(work: () => Promise<unknown>): Promise<number> {
  const first = bytesRead();
  const asking = bytesRead() - first;
  const before = bytesRead();
  await work();
  const read = bytesRead() - before - asking;
  return read - (read % 1024);
}
