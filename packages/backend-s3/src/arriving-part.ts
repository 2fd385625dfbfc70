/** The bytes of one part between the connection they come from and the reader they go to. */
export class ArrivingPart {
  readonly #chunks: Uint8Array[] = [];
  #end: { readonly failure?: unknown } | undefined;
  #wake: () => void = () => undefined;
  /** How many bytes have come so far. */
  received = 0;

  push(chunk: Uint8Array): void {
    this.received += chunk.length;
    this.#chunks.push(chunk);
    this.#wake();
  }

  /** No more will come, by reason of `failure` if there is one. */
  end(failure?: { readonly failure: unknown }): void {
    this.#end = failure ?? {};
    this.#wake();
  }

  /** All bytes in order, as they come. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        yield chunk;
      } else if (this.#end === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        if ('failure' in this.#end) throw this.#end.failure;
        return;
      }
    }
  }
}
