/** A body that knows what was done to it. */
export class WatchedBody implements AsyncIterable<Uint8Array> {
  /** How often iterating it began. */
  opened = 0;
  /** How often a chunk was asked for while another was still coming. */
  overlapping = 0;
  /** Whether it gave its end, threw or was closed. */
  finished = false;
  readonly #source: AsyncGenerator<Uint8Array>;
  #coming = false;

  constructor(source: AsyncGenerator<Uint8Array>) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.opened += 1;
    return { next: () => this.#next(), return: () => this.#return() };
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#coming) this.overlapping += 1;
    this.#coming = true;
    try {
      const result = await this.#source.next();
      if (result.done === true) this.finished = true;
      return result;
    } catch (error) {
      this.finished = true;
      throw error;
    } finally {
      this.#coming = false;
    }
  }

  async #return(): Promise<IteratorResult<Uint8Array>> {
    this.finished = true;
    return this.#source.return(undefined);
  }
}
