import { setTimeout as wait } from 'node:timers/promises';

import { maxTimerMs } from './abort.ts';
import { invalidArgument, isArtifactError } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import type { ArtifactStore } from './store.ts';
import { requireSweep, type SweepOptions } from './sweep-options.ts';
import type { SweepReport } from './sweep-report.ts';

const minEveryMs = 1000;

export interface SweeperOptions {
  /** Milliseconds from the end of one sweep to the beginning of the next, at least 1,000. The first begins as long after the start. */
  readonly every: number;
  /** By what share of `every` each wait is made longer or shorter at random, 0 to 1, so that many processes don't sweep at once; by default 0.1. */
  readonly jitter?: number | undefined;
  /** What every sweep is told. */
  readonly sweep?: Omit<SweepOptions, 'signal' | 'cursor' | 'dryRun'> | undefined;
  readonly onReport?: ((report: SweepReport) => void) | undefined;
  /** Is told of a sweep that failed; the next comes in its turn. By default it becomes a warning of the process. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Waits for `ms`, or rejects when `signal` aborts. By default with a timer that does not keep the process alive. */
  readonly wait?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** A number from 0 up to 1 for the jitter; by default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A sweeper that runs until it is stopped. */
export interface Sweeper extends AsyncDisposable {
  /** Ends it, and a sweep that is under way with it. Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/**
 * Sweeps `store` again and again, one sweep at a time, in the background of a process that runs anyway. Any number of processes may
 * do so on one storage. It does not keep the process alive, and ends by itself when the store was closed.
 *
 * @throws `INVALID_ARGUMENT`
 */
export function startSweeper(store: Pick<ArtifactStore, 'sweep'>, options: SweeperOptions): Sweeper {
  requireSweeper(options);
  const stopping = new AbortController();
  const running = run(store, options, stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

async function run(
  store: Pick<ArtifactStore, 'sweep'>,
  {
    every,
    jitter = 0.1,
    sweep,
    onReport,
    onError = warn,
    wait: pause = waitQuietly,
    random = Math.random,
  }: SweeperOptions,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const ms = Math.min(every * (1 + jitter * (2 * random() - 1)), maxTimerMs);
    try {
      await pause(ms, signal);
      const report = await store.sweep({ ...sweep, signal });
      tell(() => onReport?.(report));
    } catch (error) {
      if (signal.aborted) return;
      tell(() => onError(error));
      if (isArtifactError(error, 'CONFIGURATION') && error.field === 'store') return;
    }
  }
}

async function waitQuietly(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false });
}

/** A listener that throws must not end the sweeper, nor the process. */
function tell(listener: () => unknown): void {
  try {
    listener();
  } catch (error) {
    warn(error);
  }
}

function warn(error: unknown): void {
  const what = error instanceof Error ? error.message : 'something that is not an Error';
  process.emitWarning(`a sweep of the artifact store failed: ${what}`, 'ArtifactSweeperWarning');
}

function requireSweeper({ every, jitter, sweep, onReport, onError }: SweeperOptions): void {
  requireField('every', every, problemOfInteger(every, minEveryMs, maxTimerMs));
  if (jitter !== undefined && !(typeof jitter === 'number' && jitter >= 0 && jitter <= 1))
    throw invalidArgument('jitter', `jitter ${String(jitter)} is not a number from 0 to 1`);
  for (const [field, listener] of Object.entries({ onReport, onError })) {
    if (listener !== undefined && typeof listener !== 'function')
      throw invalidArgument(field, `${field} is not a function`);
  }
  if (sweep !== undefined) requireSweep(sweep);
}
