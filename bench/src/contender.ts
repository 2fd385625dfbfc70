/** The content of one upload, in pieces; a source is read once. */
export type Source = AsyncIterable<Uint8Array>;

/** One way of keeping objects on a local disk, used as its documentation says is best. */
export interface Contender {
  readonly name: string;
  /** What an upload does besides writing the bytes. */
  readonly upload: string;
  /** What a download checks before it gives bytes. */
  readonly download: string;
  /** The same for 256 MiB, where that differs. */
  readonly streams: { readonly upload: string; readonly download: string };
  readonly put: (key: string, bytes: Uint8Array) => Promise<void>;
  readonly get: (key: string) => Promise<Uint8Array>;
  readonly putStream: (key: string, source: Source) => Promise<void>;
  /** Reads everything, keeps nothing, and gives the number of bytes. */
  readonly getStream: (key: string) => Promise<number>;
}

/** Opens a contender on a directory of its own, which exists. */
export interface Entry {
  readonly name: string;
  readonly open: (root: string) => Contender;
}

/** Drains what any kind of stream gives. */
export async function countBytes(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  return bytes;
}
