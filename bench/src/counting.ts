import type { ArtifactBackend } from '@artifacts/core';

import type { Signatures } from './signatures.ts';

/** What a store asked its backend and its keys for. */
export interface Counts {
  /** Calls of the backend, of all kinds. */
  requests: number;
  listings: number;
  reads: number;
  /** Reads among them that gave no bytes, because nothing had changed. */
  unchanged: number;
  /** Signatures that were checked. */
  checks: number;
}

/** Stands between a store and what it asks, and counts. */
export class Counter {
  #counts = noCounts();

  /** What is counted while the work goes on. */
  async during(work: () => Promise<unknown>): Promise<Counts> {
    this.#counts = noCounts();
    await work();
    return this.#counts;
  }

  backend(inner: ArtifactBackend): ArtifactBackend {
    const requested = <T>(answer: T): T => {
      this.#counts.requests += 1;
      return answer;
    };
    return {
      contract: inner.contract,
      name: inner.name,
      capabilities: (options) => requested(inner.capabilities(options)),
      write: (key, body, options) => requested(inner.write(key, body, options)),
      read: async (key, options) => {
        this.#counts.reads += 1;
        const result = await requested(inner.read(key, options));
        if (result.status === 'unchanged') this.#counts.unchanged += 1;
        return result;
      },
      delete: (key, options) => requested(inner.delete(key, options)),
      list: (options) => {
        this.#counts.listings += 1;
        return requested(inner.list(options));
      },
      discardUnfinished: (before, options) => requested(inner.discardUnfinished(before, options)),
      check: (options) => requested(inner.check(options)),
      close: () => inner.close(),
    };
  }

  signatures({ sign, verify }: Signatures): Signatures {
    return {
      sign,
      verify: (message, signature) => {
        this.#counts.checks += 1;
        return verify(message, signature);
      },
    };
  }
}

function noCounts(): Counts {
  return { requests: 0, listings: 0, reads: 0, unchanged: 0, checks: 0 };
}
