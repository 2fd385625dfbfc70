import type { OperationEnd } from '@artifacts/core';

import { Count } from './count.ts';

/** How many key ids get series of their own in one store; a keyring seldom holds more than a few. */
const maxKeys = 7;
const unknown = 'unknown';

interface Failures {
  readonly integrity: Count;
  readonly signature: Count;
}

/**
 * Failures of content and of signatures, by key. A key id becomes a label after something verified with it, because until then
 * it may be whatever the storage claims.
 */
export class KeyFailures {
  readonly #byKey = new Map<string, Failures>([[unknown, failures()]]);

  add({ outcome, keyId, field }: OperationEnd): void {
    if (outcome === 'ok') {
      if (keyId !== undefined && !this.#byKey.has(keyId) && this.#byKey.size <= maxKeys)
        this.#byKey.set(keyId, failures());
    } else if (outcome === 'INTEGRITY') {
      // An upload whose bytes are not those of its `expectedSha256` says nothing of what is stored.
      if (field === undefined) this.#of(keyId)?.integrity.add(1);
    } else if (outcome === 'SIGNATURE_INVALID' || outcome === 'UNKNOWN_KEY' || outcome === 'KEY_REVOKED') {
      this.#of(keyId)?.signature.add(1);
    }
  }

  [Symbol.iterator](): Iterator<[string, Failures]> {
    return this.#byKey.entries();
  }

  #of(keyId: string | undefined): Failures | undefined {
    return this.#byKey.get(keyId ?? unknown) ?? this.#byKey.get(unknown);
  }
}

function failures(): Failures {
  return { integrity: new Count(), signature: new Count() };
}
