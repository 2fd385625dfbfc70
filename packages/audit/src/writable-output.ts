import type { Writable } from 'node:stream';

import type { Output } from './output.ts';
import type { ChainEnd } from './read-chain.ts';

/** A stream, in which every log is a new one: what went out cannot be read again. Never ended: whoever made it does that. */
export class WritableOutput implements Output {
  readonly #writable: Writable;
  readonly full = false;
  #failure: Error | undefined;

  constructor(writable: Writable) {
    this.#writable = writable;
    // Unheard, it would end the process.
    writable.on('error', (error: Error) => this.#failed(error));
  }

  async open(): Promise<ChainEnd> {
    // What was lost on the way nobody knows, so no line could continue it.
    if (this.#failure !== undefined) throw this.#failure;
    return { head: undefined, first: 1, unsigned: 0, torn: [], ended: true };
  }

  append(lines: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writable.write(lines, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(this.#failed(error));
      });
    });
  }

  async sync(): Promise<void> {
    // That is between the stream and its owner.
  }

  async rotate(): Promise<void> {
    // Never full.
  }

  async abandon(): Promise<void> {
    this.#failure ??= new Error('the stream of the audit log failed');
  }

  async close(): Promise<void> {
    // Not ours to end.
  }

  #failed(error: Error): Error {
    this.#failure ??= error;
    return this.#failure;
  }
}
