import { type ArtifactBackend, ArtifactError, wrapBackend } from '@artifacts/core';

/** When a process dies: at which of its storage calls, counted from 1, and whether that one still took place. */
export interface Death {
  readonly at: number;
  readonly applied: boolean;
}

/** The storage as one process sees it, which may die: from then on nothing that it asks for takes place. */
export class Mortal {
  readonly backend: ArtifactBackend;
  #calls = 0;
  readonly #death: Death | undefined;

  constructor(inner: ArtifactBackend, death: Death | undefined) {
    this.#death = death;
    this.backend = wrapBackend(inner, {
      write: (key, body, options) => this.#call(() => inner.write(key, body, options)),
      read: (key, options) => this.#call(() => inner.read(key, options)),
      delete: (key, options) => this.#call(() => inner.delete(key, options)),
      list: (options) => this.#list(inner, options),
    });
  }

  get died(): boolean {
    return this.#death !== undefined && this.#calls >= this.#death.at;
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    if (!this.died) return work();
    if (this.#calls === this.#death?.at && this.#death.applied) await work();
    throw new ArtifactError('UNAVAILABLE', 'the process is dead');
  }

  async *#list(inner: ArtifactBackend, options: Parameters<ArtifactBackend['list']>[0]) {
    await this.#call(async () => {});
    yield* inner.list(options);
  }
}
