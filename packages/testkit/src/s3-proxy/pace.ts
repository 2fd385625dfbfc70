import { setTimeout as delay } from 'node:timers/promises';

/** How much later than planned something may pass without the time being lost: timers are never on time. */
const lagMs = 20;

/** Shares one rate between everything that passes on one connection. */
export class Pace {
  /** When all that was let pass so far has passed at the rate. */
  #until = performance.now();

  /** Resolves when `bytes` more have passed at this rate; rejects with the reason of an abort. */
  async pass(bytes: number, bytesPerSecond: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#until = Math.max(this.#until, now - lagMs) + (bytes * 1000) / bytesPerSecond;
    const ms = Math.floor(this.#until - now);
    if (ms > 0) await delay(ms, undefined, { signal });
  }
}
