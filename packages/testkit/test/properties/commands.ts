import assert from 'node:assert/strict';

import type { ArtifactBackend } from '@artifacts/core';
import * as fc from 'fast-check';

import { lookAt, type Model, outcomeOf } from './model.ts';
import { type Death, Mortal } from './mortal.ts';
import { type Operation, operations } from './operations.ts';
import { earlyTime, storeOver } from './subject.ts';

/** A store under test. Only its storage outlives a process. */
export interface Real {
  readonly storage: ArtifactBackend;
  now: number;
}

type Command = fc.AsyncCommand<Model, Real>;

/** Asks a store and the model. When the process dies under way the store may have done it or not, and the model follows. */
class Ask implements Command {
  readonly #operation: Operation;
  readonly #death: Death | undefined;

  constructor(operation: Operation, death: Death | undefined) {
    this.#operation = operation;
    this.#death = death;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const process = new Mortal(real.storage, this.#death);
    const store = storeOver(process.backend, { now: () => real.now });
    const allowed = this.#operation.model(model);
    const outcome = await outcomeOf(this.#operation.run(store, real.now));
    const done = 'value' in outcome;
    if (!process.died || done) {
      const { value, code } = { value: undefined, code: undefined, ...allowed };
      assert.deepEqual(outcome, code === undefined ? { value } : { code });
    }
    if (!('id' in allowed) || allowed.id === undefined) return;
    const { id, next } = allowed;
    const before = model.artifacts.get(id);
    const found = await lookAt(storeOver(real.storage, { now: () => earlyTime }), id);
    if (process.died && !done && same(found, before)) return;
    assert.deepEqual(found, next, `${id} afterwards`);
    if (next === undefined) model.artifacts.delete(id);
    else model.artifacts.set(id, next);
  }

  toString(): string {
    const death = this.#death && ` dying ${this.#death.applied ? 'after' : 'before'} call ${this.#death.at}`;
    return `${this.#operation.name}${death ?? ''}`;
  }
}

/** Moves the clock, back as well. */
class Step implements Command {
  readonly #hours: number;

  constructor(hours: number) {
    this.#hours = hours;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    real.now += this.#hours * 3_600_000;
    model.now = real.now;
  }

  toString(): string {
    return `${this.#hours} h pass`;
  }
}

function same(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

const deaths = fc.option(fc.record({ at: fc.integer({ min: 1, max: 10 }), applied: fc.boolean() }), {
  nil: undefined,
  freq: 3,
});

export const commands = fc.commands<Model, Real, false>(
  [
    fc.tuple(operations, deaths).map(([operation, death]) => new Ask(operation, death)),
    fc.tuple(operations, fc.constant(undefined)).map(([operation, death]) => new Ask(operation, death)),
    fc.integer({ min: -1, max: 3 }).map((hours) => new Step(hours)),
  ],
  { maxCommands: 25, size: '+1' },
);
