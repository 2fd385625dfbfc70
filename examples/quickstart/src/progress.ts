import { count, integer, size } from './format.ts';

const barWidth = 16;
const terminal = process.stdout.isTTY && process.env['TERM'] !== 'dumb';
// A terminal is repainted; a log gets a line now and then.
const intervalMs = terminal ? 100 : 5000;

/** Shows how far a step has come: a bar in a terminal, plain lines elsewhere. */
export class Progress {
  readonly #label: string;
  readonly #files: number;
  readonly #bytes: number;
  #filesDone = 0;
  #bytesDone = 0;
  #shownAt = performance.now();

  constructor(label: string, files: number, bytes: number) {
    this.#label = label;
    this.#files = files;
    this.#bytes = bytes;
  }

  /** Passes chunks on and counts them. */
  async *through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      this.#bytesDone += chunk.length;
      this.#show();
      yield chunk;
    }
  }

  fileDone(): void {
    this.#filesDone += 1;
    this.#show();
  }

  /** Makes room for what is printed next. */
  end(): void {
    if (terminal) process.stdout.write('\r\u001B[K');
  }

  #show(): void {
    const now = performance.now();
    if (now - this.#shownAt < intervalMs) return;
    this.#shownAt = now;
    // A file can grow, or be sent twice, while it is read.
    const part = this.#bytes === 0 ? 1 : Math.min(this.#bytesDone / this.#bytes, 1);
    const percent = `${Math.floor(part * 100)} %`.padStart(5);
    const text = `${percent}  ${integer(this.#filesDone)} of ${count(this.#files, 'file')}, ${size(this.#bytesDone)}`;
    if (!terminal) {
      console.log(`${this.#label} ${text}`);
      return;
    }
    const bar = '█'.repeat(Math.floor(part * barWidth)).padEnd(barWidth, '░');
    const line = `${this.#label} ${bar} ${text}`;
    process.stdout.write(`\r${line.slice(0, process.stdout.columns - 1)}\u001B[K`);
  }
}
