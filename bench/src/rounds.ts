import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { collectGarbage } from './garbage.ts';

const run = promisify(execFile);

/**
 * One round of a race: everybody's turn, one after another, each round beginning with another one. What one leaves
 * behind, in memory or unwritten in the page cache, is cleared away before the next begins.
 */
export async function eachInTurn<T>(
  entrants: readonly T[],
  round: number,
  disk: string,
  turn: (entrant: T) => Promise<void>,
): Promise<void> {
  const first = round % entrants.length;
  for (const entrant of [...entrants.slice(first), ...entrants.slice(0, first)]) {
    collectGarbage();
    await run('sync', ['-f', disk]);
    await turn(entrant);
  }
}

/** The rates of a race by name. The first round warms up and is left out. */
export class Tally {
  readonly #rates = new Map<string, number[]>();

  add(name: string, round: number, rate: number): void {
    if (round === 0) return;
    const rates = this.#rates.get(name);
    if (rates === undefined) this.#rates.set(name, [rate]);
    else rates.push(rate);
  }

  of(name: string): readonly number[] {
    return this.#rates.get(name) ?? [];
  }
}
