/** As many as the disk is kept busy by; what waits beyond that has no memory yet. */
const maxAtOnce = 4;

/** The streams that one backend has open, which share what memory reading takes. */
export class OpenStreams {
  #open = 0;
  #reading = 0;
  readonly #waiting: (() => void)[] = [];

  opened(): void {
    this.#open += 1;
  }

  closed(): void {
    this.#open -= 1;
  }

  /** Whether reading ahead pays: many streams keep the disk busy without it, and each chunk ahead is memory. */
  get few(): boolean {
    return this.#open <= maxAtOnce;
  }

  /** Reads once fewer than so many others do. */
  async inTurn<T>(read: () => Promise<T>): Promise<T> {
    if (this.#reading === maxAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reading += 1;
    try {
      return await read();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#reading -= 1;
      else next();
    }
  }
}
