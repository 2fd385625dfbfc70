import type { Environment } from './environment.ts';

/** Holds whoever reads to a number of bytes in a second, on average. */
export class Throttle {
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  readonly #bytesPerSecond: number | undefined;
  readonly #startedAt: number;
  #bytes = 0;

  constructor(environment: Environment, signal: AbortSignal, bytesPerSecond: number | undefined) {
    this.#environment = environment;
    this.#signal = signal;
    this.#bytesPerSecond = bytesPerSecond;
    this.#startedAt = environment.monotonic();
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Waits until so many bytes may have been read. */
  async count(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#bytesPerSecond === undefined) return;
    const { monotonic, sleep } = this.#environment;
    const due = this.#startedAt + (this.#bytes / this.#bytesPerSecond) * 1000;
    const wait = Math.ceil(due - monotonic());
    if (wait > 0) await sleep(wait, this.#signal);
  }
}
