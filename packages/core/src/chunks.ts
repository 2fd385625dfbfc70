const mebibyte = 1024 * 1024;
/** The longest chunk list a record may have. */
export const maxChunks = 65_536;

/** The smallest and the largest unit of verification, in bytes. */
export const minChunkSize = mebibyte;
const maxChunkSize = 128 * mebibyte;
/** What the largest chunk size can address: 8 TiB. */
export const maxContentSize = maxChunkSize * maxChunks;
/** Bytes of one SHA-256 digest. */
export const digestBytes = 32;
/** The longest list of chunk digests, in bytes. */
export const maxChunkListBytes = maxChunks * digestBytes;

/** The chunk size for content of at most `sizeBound` bytes: the smallest power of two with at most 65,536 chunks (format: Record object). */
export function chunkSizeFor(sizeBound: number): number {
  let size = minChunkSize;
  while (size < maxChunkSize && size * maxChunks < sizeBound) size *= 2;
  return size;
}

/** How many chunks `sizeBytes` of content have. */
export function chunkCount(sizeBytes: number, chunkSize: number): number {
  return Math.ceil(sizeBytes / chunkSize);
}

/** Whether a record may name this chunk size. */
export function isChunkSize(size: number): boolean {
  return size >= minChunkSize && size <= maxChunkSize && Number.isInteger(Math.log2(size));
}
