/**
 * Work whose result counts for everyone who asked before it began: one `fsync` of a directory makes durable whatever was
 * renamed into it before. Whoever asks while a run is under way shares the next one.
 */
export class SharedRuns<T> {
  readonly #work: (path: string) => Promise<T>;
  readonly #running = new Map<string, Promise<T>>();
  readonly #waiting = new Map<string, Promise<T>>();

  constructor(work: (path: string) => Promise<T>) {
    this.#work = work;
  }

  /** The result of a run for `path` that began after this call. */
  run(path: string): Promise<T> {
    const waiting = this.#waiting.get(path);
    if (waiting !== undefined) return waiting;
    const running = this.#running.get(path);
    if (running === undefined) return this.#start(path);
    const startWaiting = (): Promise<T> => {
      this.#waiting.delete(path);
      return this.#start(path);
    };
    const started = running.then(startWaiting, startWaiting);
    this.#waiting.set(path, started);
    return started;
  }

  #start(path: string): Promise<T> {
    const run = this.#work(path).finally(() => {
      this.#running.delete(path);
    });
    this.#running.set(path, run);
    return run;
  }
}
