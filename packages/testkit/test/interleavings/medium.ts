import type { WriteCondition } from '@artifacts/core';

import type { Answer, Call, StoredBytes } from './call.ts';

/** What lies in storage at one moment. Never changes: a write gives another medium. */
export interface Medium {
  /** Equal contents, equal id. */
  readonly id: number;
  readonly objects: ReadonlyMap<string, StoredBytes>;
  /** Where changes that were made before led, by what they changed. */
  readonly changes: Map<string, Medium>;
}

interface Step {
  readonly medium: Medium;
  readonly answer: Answer;
}

/** How a storage answers a call. A pure function, so that every schedule can go on from every medium. */
export type Behaviour = (media: Media, medium: Medium, call: Call) => Step;

/** Every medium and every object met so far, each of them once. */
export class Media {
  readonly #objects = new Map<string, StoredBytes>();
  readonly #known = new WeakMap<Uint8Array, StoredBytes>();
  readonly #media = new Map<string, Medium>();
  readonly empty: Medium;

  constructor() {
    this.empty = this.#of(new Map());
  }

  put(medium: Medium, key: string, bytes: Uint8Array): Medium {
    return this.#change(medium, key, this.object(bytes));
  }

  remove(medium: Medium, key: string): Medium {
    return medium.objects.has(key) ? this.#change(medium, key, undefined) : medium;
  }

  #change(medium: Medium, key: string, object: StoredBytes | undefined): Medium {
    const change = `${key}@${object?.version}`;
    let changed = medium.changes.get(change);
    if (changed === undefined) {
      const objects = new Map(medium.objects);
      if (object === undefined) objects.delete(key);
      else objects.set(key, object);
      changed = this.#of(objects);
      medium.changes.set(change, changed);
    }
    return changed;
  }

  object(bytes: Uint8Array): StoredBytes {
    const known = this.#known.get(bytes);
    if (known !== undefined) return known;
    const content = Buffer.from(bytes).toString('latin1');
    let object = this.#objects.get(content);
    if (object === undefined) {
      object = { version: `v${this.#objects.size}`, bytes: bytes.slice() };
      this.#objects.set(content, object);
    }
    // A call is answered many times over, and its bytes never change.
    this.#known.set(bytes, object);
    return object;
  }

  #of(objects: ReadonlyMap<string, StoredBytes>): Medium {
    const content = Array.from(objects, ([key, { version }]) => `${key}@${version}`)
      .toSorted()
      .join('\n');
    let medium = this.#media.get(content);
    if (medium === undefined) {
      medium = { id: this.#media.size, objects, changes: new Map() };
      this.#media.set(content, medium);
    }
    return medium;
  }
}

/** What the contract of a backend promises. */
export const honest: Behaviour = (media, medium, call) => {
  if (call.kind === 'list') {
    const objects = [...medium.objects].filter(([key]) => key.startsWith(call.prefix));
    return { medium, answer: { kind: 'listed', objects: objects.toSorted(([a], [b]) => (a < b ? -1 : 1)) } };
  }
  const { key } = call;
  const found = medium.objects.get(key);
  if (call.kind === 'read')
    return { medium, answer: found === undefined ? { kind: 'absent' } : { kind: 'found', object: found } };
  // An absent object is nothing to refuse a delete for.
  const met = holds(call.condition, found) || (call.kind === 'delete' && found === undefined);
  if (!met) return { medium, answer: { kind: 'failed', code: 'PRECONDITION_FAILED' } };
  if (call.kind === 'delete') return { medium: media.remove(medium, key), answer: { kind: 'deleted' } };
  return { medium: media.put(medium, key, call.bytes), answer: { kind: 'written', object: media.object(call.bytes) } };
};

function holds(condition: WriteCondition | undefined, found: StoredBytes | undefined): boolean {
  if (condition === undefined) return true;
  return 'absent' in condition ? found === undefined : found?.version === condition.version;
}
