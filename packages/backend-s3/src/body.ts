import { ArtifactError } from '@artifacts/core';

import { abortable } from './abort.ts';

/** Carries what a caller's body threw past everything that classifies failures. */
export class BodyFailure extends Error {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super('the body failed');
    this.thrown = thrown;
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertSize(expected: number | undefined, found: number): void {
  if (expected === undefined || expected === found) return;
  throw invalidArgument('size', `the body has ${found} bytes, not ${expected}`, { expected, found });
}

export function invalidArgument(field: string, message: string, found: object = {}): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', message, { ...found, field });
}

/** The bytes of a body in pieces of the size that is asked for. */
export class BodyReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #rest: Uint8Array | undefined;
  #ended = false;

  constructor(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#signal = signal;
    try {
      this.#iterator = body[Symbol.asyncIterator]();
    } catch (error) {
      this.#ended = true;
      throw new BodyFailure(error);
    }
  }

  /** Fills `buffer` from its start and gives how many bytes there were; fewer than fit mean the end of the body. */
  async fill(buffer: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < buffer.length) {
      this.#rest ??= await this.#next();
      if (this.#rest === undefined) break;
      // Copied: the caller may fill the same memory again for its next chunk.
      const part = this.#rest.subarray(0, buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      this.#rest = part.length < this.#rest.length ? this.#rest.subarray(part.length) : undefined;
    }
    return filled;
  }

  /** Whether there are no more bytes. */
  async atEnd(): Promise<boolean> {
    this.#rest ??= await this.#next();
    return this.#rest === undefined;
  }

  async #next(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const result = await abortable(this.#signal, async () => this.#settled());
      if ('error' in result) throw new BodyFailure(result.error);
      if (result.done === true) return undefined;
      if (!(result.value instanceof Uint8Array)) throw invalidArgument('body', 'a chunk of the body is no Uint8Array');
      if (result.value.length > 0) return result.value;
    }
    return undefined;
  }

  async #settled(): Promise<IteratorResult<Uint8Array> | { readonly error: unknown }> {
    try {
      const result = await this.#iterator.next();
      if (result.done === true) this.#ended = true;
      return result;
    } catch (error) {
      this.#ended = true;
      return { error };
    }
  }

  /** Tells a body that is not at its end that no more of it is wanted. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // One that hangs would hang here, too, and how a body fails that nobody wants changes nothing.
    await abortable(this.#signal, async () => this.#iterator.return?.()).catch(() => undefined);
  }
}
