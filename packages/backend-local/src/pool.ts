type Callback<T> = (error: NodeJS.ErrnoException | null, value: T) => void;
type Call<T> = (done: Callback<T>) => void;

let waiting: (() => void)[] = [];

/**
 * Runs a short call of `node:fs` together with those of the same turn of the event loop: to wake an idle thread of the
 * pool costs more than the call, and a thread that is awake takes the next one for nothing.
 */
export function together<T>(call: Call<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    waiting.push(() => settle(call, resolve, reject));
    if (waiting.length === 1) setImmediate(submit);
  });
}

/** Runs a long call at once, so that it is under way while this thread goes on. */
export function atOnce<T>(call: Call<T>): Promise<T> {
  return new Promise((resolve, reject) => settle(call, resolve, reject));
}

function submit(): void {
  const calls = waiting;
  waiting = [];
  for (const call of calls) call();
}

function settle<T>(call: Call<T>, resolve: (value: T) => void, reject: (error: Error) => void): void {
  // A function of `node:fs` throws what it thinks of its arguments, and the calls behind it are not to suffer.
  try {
    call((error, value) => {
      if (error === null || error === undefined) resolve(value);
      else reject(error);
    });
  } catch (error) {
    reject(error as Error);
  }
}
