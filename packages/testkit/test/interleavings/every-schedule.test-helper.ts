import { type ArtifactBackend, isArtifactError } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import { askingBackend } from './asking-backend.ts';
import type { Answer, Call, StoredBytes } from './call.ts';
import { storeOf, type Role } from './client.ts';
import type { Medium } from './medium.ts';
import type { Operation, Outcome } from './operations.ts';
import { outcomeOf } from './view.ts';

const everything = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true };
const roles: readonly Role[] = ['a', 'b'];

/** What a schedule came to, in a form that can be compared. */
export type EndingLabel = string;

/**
 * Really runs a race once for every schedule, on the memory backend, with no state shared or merged. Slow, and the measure
 * for the explorer: both must come to the same endings.
 */
export async function everySchedule(
  operations: readonly Operation[],
  initial: Medium,
  revision: string,
  crashes: number,
): Promise<{ readonly schedules: number; readonly endings: ReadonlySet<EndingLabel> }> {
  const endings = new Set<EndingLabel>();
  let schedules = 0;
  const open: number[][] = [[]];
  for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
    const choices = [...prefix];
    const race = new RealRace(operations, initial, revision);
    for (let depth = 0; ; depth += 1) {
      const enabled = await race.enabled(crashes);
      if (enabled.length === 0) break;
      const choice = choices[depth] ?? 0;
      if (depth >= prefix.length) {
        for (let other = 1; other < enabled.length; other += 1) open.push([...choices, other]);
        choices.push(choice);
      }
      await enabled[choice]?.();
    }
    schedules += 1;
    endings.add(await race.ending());
  }
  return { schedules, endings };
}

export function endingLabel(
  outcomes: readonly (Outcome | undefined)[],
  objects: Iterable<readonly [string, Uint8Array]>,
): EndingLabel {
  const lying = Array.from(objects, ([key, bytes]) => `${key}=${Buffer.from(bytes).toString('base64')}`);
  return JSON.stringify([outcomes.map((outcome) => outcome ?? 'crashed'), lying.toSorted()]);
}

interface Runner {
  outcome: Outcome | undefined;
  crashed: boolean;
  waiting: { readonly call: Call; readonly answer: (answer: Answer) => void } | undefined;
  /** Resolves when it waits at its gate or has ended. */
  quiet: Promise<void>;
}

class RealRace {
  readonly #backend = memoryBackend({ now: () => 0 });
  readonly #runners: Runner[];
  readonly #ready: Promise<void>;

  constructor(operations: readonly Operation[], initial: Medium, revision: string) {
    this.#ready = this.#fill(initial);
    this.#runners = operations.map((operation, index) => this.#start(operation, roles[index] ?? 'c', revision));
  }

  /** Every step that may be next. */
  async enabled(crashes: number): Promise<(() => Promise<void>)[]> {
    await this.#ready;
    await Promise.all(this.#runners.map(({ quiet }) => quiet));
    const running = this.#runners.filter(({ outcome, crashed }) => outcome === undefined && !crashed);
    const mayCrash = this.#runners.filter(({ crashed }) => crashed).length < crashes;
    return running.flatMap((runner) => [
      () => this.#letThrough(runner),
      ...(mayCrash ? [async () => void (runner.crashed = true)] : []),
    ]);
  }

  async ending(): Promise<EndingLabel> {
    const objects: [string, Uint8Array][] = [];
    for await (const { key } of this.#backend.list({ prefix: '' }))
      objects.push([key, await bytesOf(this.#backend, key)]);
    for (const { waiting } of this.#runners) waiting?.answer({ kind: 'failed', code: 'ACCESS_DENIED' });
    return endingLabel(
      this.#runners.map(({ outcome, crashed }) => (crashed ? undefined : outcome)),
      objects,
    );
  }

  #start(operation: Operation, role: Role, revision: string): Runner {
    let quiet = () => {};
    const runner: Runner = {
      outcome: undefined,
      crashed: false,
      waiting: undefined,
      quiet: new Promise((resolve) => {
        quiet = resolve;
      }),
    };
    const backend = askingBackend(everything, (call) => {
      if (runner.crashed) return Promise.resolve({ kind: 'failed', code: 'ACCESS_DENIED' });
      return new Promise((resolve) => {
        const answer = (given: Answer): void => {
          runner.waiting = undefined;
          runner.quiet = new Promise((arrived) => {
            quiet = arrived;
          });
          resolve(given);
        };
        runner.waiting = { call, answer };
        quiet();
      });
    });
    void outcomeOf(() => operation.run(storeOf(role, backend, undefined, operation.signsWith), role, revision)).then(
      (outcome) => {
        runner.outcome = outcome;
        quiet();
      },
    );
    return runner;
  }

  async #letThrough({ waiting }: Runner): Promise<void> {
    if (waiting === undefined) return;
    waiting.answer(await perform(this.#backend, waiting.call));
  }

  async #fill(initial: Medium): Promise<void> {
    for (const [key, { bytes }] of initial.objects) await this.#backend.write(key, bytes);
  }
}

async function perform(backend: ArtifactBackend, call: Call): Promise<Answer> {
  try {
    return await performed(backend, call);
  } catch (error) {
    if (isArtifactError(error)) return { kind: 'failed', code: error.code };
    throw error;
  }
}

async function performed(backend: ArtifactBackend, call: Call): Promise<Answer> {
  if (call.kind === 'write') {
    const { version } = await backend.write(call.key, call.bytes, { condition: call.condition });
    return { kind: 'written', object: { version, bytes: call.bytes } };
  }
  if (call.kind === 'read') {
    const result = await backend.read(call.key);
    if (result.status !== 'found') return { kind: 'absent' };
    return { kind: 'found', object: { version: result.info.version, bytes: await bytesOf(backend, call.key) } };
  }
  if (call.kind === 'delete') {
    await backend.delete(call.key, { condition: call.condition });
    return { kind: 'deleted' };
  }
  const objects: [string, StoredBytes][] = [];
  for await (const { key, version } of backend.list({ prefix: call.prefix })) {
    objects.push([key, { version, bytes: await bytesOf(backend, key) }]);
  }
  return { kind: 'listed', objects };
}

async function bytesOf(backend: ArtifactBackend, key: string): Promise<Uint8Array> {
  const result = await backend.read(key);
  const chunks: Uint8Array[] = [];
  if (result.status === 'found') for await (const chunk of result.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
