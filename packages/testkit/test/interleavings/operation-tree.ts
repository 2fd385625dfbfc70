import { type ArtifactBackend, type BackendCapabilities, isArtifactError } from '@artifacts/core';

import { askingBackend } from './asking-backend.ts';
import { type Answer, type Call, labelOf } from './call.ts';
import type { Outcome } from './operations.ts';

/** An operation as far as it came with certain answers: it waits for one more, or it has ended. */
export interface Progress {
  readonly id: number;
  readonly call: Call | undefined;
  readonly outcome: Outcome | undefined;
}

interface Node extends Progress {
  readonly answers: readonly Answer[];
  readonly next: Map<string, Node>;
  /** The operation itself, waiting for its answer, until somebody gives it one. */
  run: Run | undefined;
}

type Start = (backend: ArtifactBackend) => Promise<string>;

let nodes = 0;

/**
 * What an operation does, for every sequence of answers that it was ever given. It is deterministic, so it has to be run
 * only where it gets an answer for the first time; to go on from elsewhere it is run again with the same answers.
 */
export class OperationTree {
  readonly #start: Start;
  readonly #capabilities: BackendCapabilities;
  readonly #waiting = new Set<Run>();
  #root: Promise<Node> | undefined;

  constructor(capabilities: BackendCapabilities, start: Start) {
    this.#capabilities = capabilities;
    this.#start = start;
  }

  root(): Promise<Progress> {
    this.#root ??= this.#arrive(this.#begin(), []);
    return this.#root;
  }

  /** `undefined` when this was never seen: then {@link explore} finds out. */
  known(from: Progress, answer: Answer): Progress | undefined {
    return (from as Node).next.get(labelOf(answer));
  }

  async explore(from: Progress, answer: Answer): Promise<Progress> {
    const node = from as Node;
    let { run } = node;
    node.run = undefined;
    if (run === undefined) {
      run = this.#begin();
      for (const earlier of node.answers) {
        await run.arrival;
        run.answer(earlier);
      }
      await run.arrival;
    }
    run.answer(answer);
    const next = await this.#arrive(run, [...node.answers, answer]);
    node.next.set(labelOf(answer), next);
    return next;
  }

  /** Ends what still waits. */
  dispose(): void {
    for (const run of this.#waiting) run.stop();
  }

  #begin(): Run {
    const run = new Run(this.#capabilities, this.#start);
    this.#waiting.add(run);
    return run;
  }

  async #arrive(run: Run, answers: readonly Answer[]): Promise<Node> {
    const arrived = await run.arrival;
    const ended = 'outcome' in arrived;
    if (ended) this.#waiting.delete(run);
    nodes += 1;
    return {
      id: nodes,
      call: ended ? undefined : arrived.call,
      outcome: ended ? arrived.outcome : undefined,
      answers,
      next: new Map(),
      run: ended ? undefined : run,
    };
  }
}

const stopped: Answer = { kind: 'failed', code: 'ACCESS_DENIED' };

type Arrival = { readonly call: Call } | { readonly outcome: Outcome };

/** One run of an operation: every call waits until it is answered. */
class Run {
  /** The next call, or the end. */
  arrival: Promise<Arrival>;
  #arrive: (arrival: Arrival) => void = () => {};
  #reply: ((answer: Answer) => void) | undefined;
  #stopped = false;

  constructor(capabilities: BackendCapabilities, start: Start) {
    this.arrival = this.#expect();
    const backend = askingBackend(capabilities, (call) => this.#ask(call));
    void start(backend).then(
      (value) => this.#arrive({ outcome: { value } }),
      (error: unknown) => this.#arrive(isArtifactError(error) ? { outcome: { code: error.code } } : crash(error)),
    );
  }

  answer(answer: Answer): void {
    const reply = this.#reply;
    if (reply === undefined) throw new Error('there is no call to answer');
    this.#reply = undefined;
    this.arrival = this.#expect();
    reply(answer);
  }

  /** From now on every call fails for good, which ends any operation. */
  stop(): void {
    this.#stopped = true;
    this.#reply?.(stopped);
  }

  #ask(call: Call): Promise<Answer> {
    if (this.#stopped) return Promise.resolve(stopped);
    if (this.#reply !== undefined) throw new Error('an operation made two calls at once');
    return new Promise((resolve) => {
      this.#reply = resolve;
      this.#arrive({ call });
    });
  }

  #expect(): Promise<Arrival> {
    return new Promise((resolve) => {
      this.#arrive = resolve;
    });
  }
}

/** A failure without a code is a bug, and shown as such. */
function crash(error: unknown): { outcome: Outcome } {
  return { outcome: { value: `threw ${String(error)}` } };
}
