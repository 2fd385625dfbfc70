import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

const newline = 0x0a;
/** No line that is written comes near; a longer one is none of a log, and is not kept in memory. */
const maxLineBytes = 64 * 1024;

/** What stands between two newlines of a file. */
export interface RawLine {
  /** Absent when it is longer than {@link maxLineBytes}. */
  readonly bytes: Buffer | undefined;
  readonly sha256: string;
  /** Whether a newline ends it; only the last of a file may lack that. */
  readonly ended: boolean;
}

/** Every line of a file, in constant memory. @throws what the file system says */
export async function* rawLines(file: Readable): AsyncGenerator<RawLine, void, undefined> {
  let line = new Growing();
  for await (const chunk of file as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      line.add(chunk.subarray(start, end));
      yield line.whole(true);
      line = new Growing();
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (line.length > 0) yield line.whole(false);
}

class Growing {
  readonly #hash = createHash('sha256');
  #parts: Buffer[] = [];
  length = 0;

  add(part: Buffer): void {
    if (part.length === 0) return;
    this.#hash.update(part);
    this.length += part.length;
    if (this.length > maxLineBytes) this.#parts = [];
    else this.#parts.push(part);
  }

  whole(ended: boolean): RawLine {
    const [first] = this.#parts;
    const bytes = first !== undefined && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    return { bytes: this.length > maxLineBytes ? undefined : bytes, sha256: this.#hash.digest('hex'), ended };
  }
}
