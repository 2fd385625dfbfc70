import { isArtifactError } from './errors.ts';
import type { HealthOptions } from './health.ts';
import { ArtifactReader } from './reader.ts';

/** A store ends a check at its timeout, and needs a moment to tidy up. */
const lastMomentMs = 1000;

/** What a probe may know: names and codes. The messages of errors name paths and buckets. */
export interface HealthReport {
  readonly ok: boolean;
  readonly stores: readonly StoreReport[];
}

interface StoreReport {
  readonly store: string;
  readonly namespace?: string | undefined;
  readonly ok: boolean;
  /** Why there are no checks. */
  readonly code?: string | undefined;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly durationMs: number;
    readonly code?: string | undefined;
    readonly warning?: string | undefined;
  }[];
}

/** Checks stores for any number of askers: once in a while, and never twice at a time. */
export class HealthWatch {
  readonly #stores: readonly ArtifactReader<unknown>[];
  readonly #options: HealthOptions & { readonly timeoutMs: number };
  readonly #cacheMs: number;
  readonly #monotonic: () => number;
  #last: { readonly report: HealthReport; readonly at: number } | undefined;
  #running: Promise<HealthReport> | undefined;

  constructor(
    stores: readonly ArtifactReader<unknown>[],
    options: HealthOptions & { readonly timeoutMs: number },
    cacheMs: number,
    monotonic: () => number,
  ) {
    this.#stores = stores;
    this.#options = options;
    this.#cacheMs = cacheMs;
    this.#monotonic = monotonic;
  }

  /** Never rejects. A check that hangs past its bound is a report of that, for all who ask until it ends. */
  report(): Promise<HealthReport> {
    if (this.#running !== undefined) return this.#running;
    if (this.#last !== undefined && this.#monotonic() - this.#last.at < this.#cacheMs)
      return Promise.resolve(this.#last.report);
    this.#running = this.#bounded(this.#check());
    return this.#running;
  }

  async #check(): Promise<HealthReport> {
    const stores = await Promise.all(this.#stores.map((store) => reportOf(store, this.#options)));
    const report = { ok: stores.every(({ ok }) => ok), stores };
    this.#last = { report, at: this.#monotonic() };
    this.#running = undefined;
    return report;
  }

  #bounded(checking: Promise<HealthReport>): Promise<HealthReport> {
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        const stores = this.#stores.map((store) => ({ ...nameOf(store), ok: false, code: 'TIMEOUT', checks: [] }));
        resolve({ ok: false, stores });
      }, this.#options.timeoutMs + lastMomentMs);
      late.unref();
      void checking.then(resolve).finally(() => clearTimeout(late));
    });
  }
}

async function reportOf(store: ArtifactReader<unknown>, options: HealthOptions): Promise<StoreReport> {
  try {
    const { ok, checks } = await store.healthCheck(options);
    const told = checks.map(({ name, ok: well, durationMs, error, warning }) => ({
      name,
      ok: well,
      durationMs: Math.round(durationMs),
      ...(error !== undefined && { code: error.code }),
      ...(warning !== undefined && { warning: warning.code }),
    }));
    return { ...nameOf(store), ok, checks: told };
  } catch (error) {
    // Nothing that a check finds is thrown, but a store may be closed.
    return { ...nameOf(store), ok: false, code: isArtifactError(error) ? error.code : 'BACKEND', checks: [] };
  }
}

function nameOf(store: ArtifactReader<unknown>): Pick<StoreReport, 'store' | 'namespace'> {
  const environment = ArtifactReader.sessionOf(store)?.environment;
  return { store: environment?.label ?? '', namespace: environment?.scope.namespace };
}
