import { quietly } from './abort.ts';
import { Download } from './download.ts';

/** Content that is read by iterating it. */
export type Chunks<T> = AsyncIterable<T> | Iterable<T>;

/** Chunks being read. Unlike a generator it can be left while a `next` is still waiting for a stalled source. */
export class Iteration {
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>;
  readonly #destroy: (() => void) | undefined;
  #over = false;

  /** Nothing is read before the first `next`. @throws `TypeError` when it is a stream that was read before */
  constructor(chunks: Chunks<unknown> | ReadableStream<unknown>) {
    // The iterator of a download, too, ends only after a pending read.
    const source = chunks instanceof Download ? chunks.stream() : chunks;
    // A reader can be cancelled while it waits; the stream's own iterator cannot.
    if (source instanceof ReadableStream) {
      this.#iterator = streamIterator(source);
      return;
    }
    // What a Node stream had is gone once it has ended, and reading it again would look like empty content.
    if ('readableEnded' in source && source.readableEnded === true) throw new TypeError('the stream was read before');
    // The iterator of a Node stream ends only after a pending read; destroying the stream ends that, too.
    if ('destroy' in source && typeof source.destroy === 'function')
      this.#destroy = source.destroy.bind(source) as () => void;
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** The next chunk, whatever it is; `undefined` at the end, and once it was left. */
  async next(): Promise<{ readonly value: unknown } | undefined> {
    if (this.#over) return undefined;
    const result: unknown = await this.#iterator.next();
    if (typeof result !== 'object' || result === null) throw new TypeError('its iterator gave no result');
    const { done, value } = result as IteratorResult<unknown>;
    if (done !== true) return { value };
    this.#over = true;
    return undefined;
  }

  /** Tells the source that no more is wanted, unless it has ended. Waits for nothing. */
  leave(): void {
    if (this.#over) return;
    this.#over = true;
    quietly(() => this.#destroy?.());
    quietly(() => this.#iterator.return?.());
  }
}

/** A stream may fail before anybody reads it, and a failure that nobody hears ends the process. Reading meets it again. */
export function hearFailures(chunks: object): void {
  if ('on' in chunks && typeof chunks.on === 'function') chunks.on('error', () => undefined);
}

function streamIterator(stream: ReadableStream<unknown>): AsyncIterator<unknown> {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
