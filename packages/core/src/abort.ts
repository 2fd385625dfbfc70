import { setMaxListeners } from 'node:events';

import { ArtifactError } from './errors.ts';

/** The longest a timer can run, in milliseconds: some 25 days. */
export const maxTimerMs = 2_147_483_647;

/** One call in progress, as the work inside it sees it. */
export interface BoundedCall {
  /** Something moved: the idle time starts anew. */
  readonly progress: () => void;
  /** Waits for something that has an idle limit of its own. */
  readonly suspended: <T>(wait: Promise<T>) => Promise<T>;
}

/**
 * Runs `work` until it settles, the `lifetime` is over or nothing moved for `idleMs`, whichever is first. Work that goes
 * on all the same is left behind; the lifetime's signal tells it, at the latest when the lifetime ends.
 *
 * @throws the reason of the lifetime's abort, or `TIMEOUT`
 */
export function bounded<T>(
  lifetime: Lifetime,
  idleMs: number,
  what: string,
  work: (call: BoundedCall) => Promise<T>,
): Promise<T> {
  if (lifetime.aborted) return Promise.reject(lifetime.reason);
  return new Promise<T>((resolve, reject) => {
    let waiting = 0;
    const settle = (): void => {
      clearTimeout(timer);
      lifetime.forget(giveUp);
    };
    const giveUp = (reason: unknown): void => {
      settle();
      reject(reason);
    };
    const timer = setTimeout(
      () => {
        if (waiting > 0) {
          timer.refresh();
          return;
        }
        lifetime.leaveBehind();
        giveUp(new ArtifactError('TIMEOUT', `${what} made no progress for ${idleMs} ms`));
      },
      Math.min(idleMs, maxTimerMs),
    );
    lifetime.tell(giveUp);
    const call: BoundedCall = {
      progress: () => void timer.refresh(),
      suspended: async (wait) => {
        waiting += 1;
        try {
          return await wait;
        } finally {
          waiting -= 1;
          timer.refresh();
        }
      },
    };
    // Work that throws at once is work that rejects.
    (async () => work(call))().then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

/** Does what can change nothing any more, however it fails. */
export function quietly(work: () => unknown): void {
  (async () => work())().catch(() => undefined);
}

/** Everything that waits for a caller's signal, behind one listener: Node warns of more than ten on one signal. */
const listeners = new WeakMap<AbortSignal, { readonly all: Set<() => void>; readonly tell: () => void }>();

function listen(signal: AbortSignal, onAbort: () => void): void {
  let shared = listeners.get(signal);
  if (shared === undefined) {
    const all = new Set<() => void>();
    shared = { all, tell: () => all.forEach((each) => each()) };
    listeners.set(signal, shared);
  }
  if (shared.all.size === 0) signal.addEventListener('abort', shared.tell, { once: true });
  shared.all.add(onAbort);
}

function unlisten(signal: AbortSignal, onAbort: () => void): void {
  const shared = listeners.get(signal);
  if (shared?.all.delete(onAbort) === true && shared.all.size === 0) signal.removeEventListener('abort', shared.tell);
}

/**
 * How long something may live: until its caller aborts or its time is up. Ended by hand, so that nothing stays behind. It
 * tells its listeners itself: those of an `AbortSignal` cost several times as much, and every storage call has one.
 */
export class Lifetime {
  readonly #outer: AbortSignal | undefined;
  readonly #listeners = new Set<(reason: unknown) => void>();
  readonly #onAbort = (): void => this.abort(this.#outer?.reason);
  readonly #timer: NodeJS.Timeout;
  #controller: AbortController | undefined;
  #over: { readonly reason: unknown } | undefined;
  #leftBehind = false;
  #ranOut = false;

  /** @throws the reason of `outer` when it has aborted already */
  constructor(outer: AbortSignal | undefined, timeoutMs: number, what: string) {
    outer?.throwIfAborted();
    this.#outer = outer;
    if (outer !== undefined) listen(outer, this.#onAbort);
    this.#timer = setTimeout(
      () => {
        this.#ranOut = !this.aborted;
        this.abort(new ArtifactError('TIMEOUT', `${what} did not end within ${timeoutMs} ms`));
      },
      Math.min(timeoutMs, maxTimerMs),
    );
    // What is under way holds the process; the limit alone does not.
    this.#timer.unref();
  }

  /** For those who know signals only, such as backends. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // A listing has many calls under way at once, each of which may listen.
      setMaxListeners(0, this.#controller.signal);
      if (this.#over !== undefined) this.#controller.abort(this.#over.reason);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#over !== undefined;
  }

  /** Why it was aborted. */
  get reason(): unknown {
    return this.#over?.reason;
  }

  /** Whether its own time was up before anybody aborted it. */
  get ranOut(): boolean {
    return this.#ranOut;
  }

  throwIfAborted(): void {
    if (this.#over !== undefined) throw this.#over.reason;
  }

  /** Has `listener` told of an abort, once. */
  tell(listener: (reason: unknown) => void): void {
    this.#listeners.add(listener);
  }

  forget(listener: (reason: unknown) => void): void {
    this.#listeners.delete(listener);
  }

  /** Some work was given up on and may still be under way. */
  leaveBehind(): void {
    this.#leftBehind = true;
  }

  abort(reason: unknown): void {
    if (this.#over !== undefined) return;
    this.#over = { reason };
    for (const listener of this.#listeners) listener(reason);
    this.#controller?.abort(reason);
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#outer !== undefined) unlisten(this.#outer, this.#onAbort);
    if (this.#leftBehind) this.abort(new ArtifactError('TIMEOUT', 'the operation has ended'));
  }
}

/** Waits until `work` has ended, well or not, but no longer than `ms`. */
export function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(settle, settle);
  });
}

/** Waits, or rejects with the reason when `signal` aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Waits for `work`, but no longer than until `signal` aborts; then `work` is left behind. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else listen(signal, onAbort);
    work.then(resolve, reject).finally(() => unlisten(signal, onAbort));
  });
}
