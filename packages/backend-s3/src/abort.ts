/**
 * Runs `work` with a signal of its own, which aborts when `signal` does or when the work was left behind. Rejects with the reason
 * of `signal` as soon as it aborts, whatever the work is waiting for.
 */
export async function abortable<T>(
  signal: AbortSignal | undefined,
  work: (own: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  // By hand, because whatever joins signals keeps one listener per call on a signal that lives long.
  const controller = new AbortController();
  if (signal === undefined) return work(controller.signal);
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal.reason as Error);
      controller.abort(signal.reason);
    };
  });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(controller.signal), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Waits that long, or rejects with the reason of `signal`. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return abortable(signal, (own) => {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      own.addEventListener('abort', () => clearTimeout(timer), { once: true });
    });
  });
}
