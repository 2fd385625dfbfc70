import type { BackendCapabilities } from '@artifacts/core';

import { askingBackend } from './asking-backend.ts';
import { hour, now, storeOf } from './client.ts';
import { honest, type Media, type Medium } from './medium.ts';

/** A sweep past everything that a race may have set, and one past what the first one set. */
const times = [now + 60 * hour, now + 120 * hour];

/** What a race leaves when all is over, nobody uses the store any more, and it was swept. */
export class Aftermath {
  readonly #media: Media;
  readonly #capabilities: BackendCapabilities;
  readonly #known = new Map<Medium, Promise<Medium>>();

  constructor(media: Media, capabilities: BackendCapabilities) {
    this.#media = media;
    this.#capabilities = capabilities;
  }

  of(medium: Medium): Promise<Medium> {
    let swept = this.#known.get(medium);
    if (swept === undefined) {
      swept = this.#sweep(medium);
      this.#known.set(medium, swept);
    }
    return swept;
  }

  async #sweep(before: Medium): Promise<Medium> {
    let medium = before;
    let time = 0;
    const backend = askingBackend(this.#capabilities, async (call) => {
      const step = honest(this.#media, medium, call);
      medium = step.medium;
      return step.answer;
    });
    const store = storeOf('z', backend, () => time);
    for (time of times) await store.sweep({ concurrency: 1 });
    return medium;
  }
}
