import assert from 'node:assert/strict';

/** What is under a key: the number of what was written there, or `absent`. */
export type Value = string;

interface Known {
  acknowledged: Value;
  /** What was begun since, in any state of completion. */
  readonly begun: Value[];
}

/**
 * What a writer said about its keys, as its lines came: `begin <key> <number> <write|delete>` before an operation,
 * `done <key> <number>` once it is acknowledged. No two operations of one key overlap.
 */
export class History {
  readonly #before: ReadonlyMap<string, Value>;
  readonly #lines: readonly string[];

  /** `lines` may still grow; `before` is what was there before the first of them. */
  constructor(lines: readonly string[], before: ReadonlyMap<string, Value> = new Map()) {
    this.#before = before;
    this.#lines = lines;
  }

  /** How many lines there are by now. */
  get length(): number {
    return this.#lines.length;
  }

  acknowledgements(until: number = this.length): number {
    return this.#lines.slice(0, until).filter((line) => line.startsWith('done')).length;
  }

  /** A number that no operation has had. */
  nextNumber(): number {
    return Math.max(0, ...this.#lines.map((line) => Number(line.split(' ')[2]))) + 1;
  }

  /**
   * Fails unless `found` is what may be there when everything ended at a moment at which the first `until` lines had come: of every
   * key what was acknowledged last, or what was begun after that. `what` tells the moment.
   */
  assertExplains(found: ReadonlyMap<string, Value>, what: string, until: number = this.length): void {
    const known = this.#known(until);
    for (const key of found.keys()) assert.ok(known.has(key), `${key} was never written, ${what}`);
    for (const [key, { acknowledged, begun }] of known) {
      const value = found.get(key) ?? 'absent';
      const allowed = [acknowledged, ...begun];
      assert.ok(allowed.includes(value), `${key} is ${value}, which is none of ${allowed.join(', ')}, ${what}`);
    }
  }

  #known(until: number): Map<string, Known> {
    const known = new Map<string, Known>();
    for (const [key, acknowledged] of this.#before) known.set(key, { acknowledged, begun: [] });
    for (const [index, line] of this.#lines.entries()) {
      const [event, key = '', number = '', kind] = line.split(' ');
      const state = known.get(key) ?? { acknowledged: 'absent', begun: [] };
      known.set(key, state);
      if (event === 'begin') {
        state.begun.push(kind === 'delete' ? 'absent' : number);
      } else if (index < until) {
        state.acknowledged = state.begun.at(-1) ?? 'absent';
        state.begun.length = 0;
      }
    }
    return known;
  }
}
