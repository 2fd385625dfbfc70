import type { BackendCapabilities, QuotaOptions } from '@artifacts/core';

import type { Call } from './call.ts';
import type { Check } from './check.ts';
import { allChecks } from './checks.ts';
import { type Role, storeOf } from './client.ts';
import { explore, type Explored, type Racer } from './explore.ts';
import { initialMedium, type RaceState } from './initial-states.ts';
import { type Behaviour, honest, Media } from './medium.ts';
import { OperationTree } from './operation-tree.ts';
import type { Operation } from './operations.ts';
import { Aftermath } from './aftermath.ts';
import { Viewer } from './view.ts';

export interface RaceOptions {
  readonly capabilities?: Partial<BackendCapabilities> | undefined;
  readonly behaviour?: Behaviour | undefined;
  readonly crashes?: number | undefined;
  readonly lost?: { readonly count: number; readonly of: (call: Call) => boolean } | undefined;
  readonly checks?: readonly Check[] | undefined;
  /** That of every store of the race, and of the one that made the initial state. */
  readonly quota?: QuotaOptions | undefined;
}

const roles: readonly Role[] = ['a', 'b', 'c'];
const nothingLost = { count: 0, of: () => false };

/** Races from one initial state. What an operation does is learnt once for all races that it takes part in. */
export class Races {
  readonly state: RaceState;
  readonly #media = new Media();
  readonly #viewer: Viewer;
  readonly #aftermath: Aftermath;
  readonly #trees = new Map<string, OperationTree>();
  readonly #options: RaceOptions;
  readonly #capabilities: BackendCapabilities;

  constructor(state: RaceState, options: RaceOptions = {}) {
    this.state = state;
    this.#options = options;
    this.#viewer = new Viewer(this.#media, options.quota);
    this.#capabilities = {
      createIfAbsent: true,
      compareAndSwap: true,
      conditionalDelete: true,
      ...options.capabilities,
    };
    this.#aftermath = new Aftermath(this.#media, this.#capabilities);
  }

  async explore(operations: readonly Operation[]): Promise<Explored> {
    const { behaviour = honest, crashes = 0, lost = nothingLost, checks = allChecks } = this.#options;
    const medium = await initialMedium(this.#media, this.state, this.#options.quota);
    const { artifact: initial, revision = '10'.repeat(16) } = await this.#viewer.view(medium);
    const racers = operations.map((operation, index): Racer => {
      const role = roles[index];
      if (role === undefined) throw new RangeError(`at most ${roles.length} operations race`);
      return { role, operation, tree: this.#tree(operation, role, revision) };
    });
    return explore({
      media: this.#media,
      viewer: this.#viewer,
      aftermath: this.#aftermath,
      behaviour,
      racers,
      medium,
      initial,
      crashes,
      lost,
      checks,
    });
  }

  dispose(): void {
    for (const tree of this.#trees.values()) tree.dispose();
  }

  #tree(operation: Operation, role: Role, revision: string): OperationTree {
    const key = `${role} ${operation.name}`;
    let tree = this.#trees.get(key);
    if (tree === undefined) {
      const { quota } = this.#options;
      tree = new OperationTree(this.#capabilities, (backend) =>
        operation.run(storeOf(role, backend, undefined, operation.signsWith, quota), role, revision),
      );
      this.#trees.set(key, tree);
    }
    return tree;
  }
}

/** Unordered pairs, an operation with itself included. */
export function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((first, index) => items.slice(index).map((second): [T, T] => [first, second]));
}
