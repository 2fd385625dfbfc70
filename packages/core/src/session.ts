import { bounded } from './abort.ts';
import type { BackendCapabilities } from './backend.ts';
import { environmentWithin, type Environment } from './environment.ts';
import { ArtifactError, configuration, isArtifactError } from './errors.ts';
import type { OperationName } from './events.ts';
import { declareFormat } from './format.ts';
import { requireNamespace } from './namespaces.ts';
import { runOperation, type Operation, type OperationOptions } from './operation.ts';
import { Storage } from './storage.ts';

/** What all operations of one store share, or of one namespace of it: its environment, and whether it is still open. */
export class Session {
  readonly environment: Environment;
  readonly #parent: Session | undefined;
  readonly #ownsBackend: boolean;
  #capabilities: BackendCapabilities | undefined;
  #asking: Promise<void> | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(
    environment: Environment,
    { parent, ownsBackend = false }: { readonly parent?: Session; readonly ownsBackend?: boolean } = {},
  ) {
    // Whoever has a download or a listing of this session may begin another operation with it.
    this.environment = { ...environment, requireOpen: () => this.requireOpen() };
    this.#parent = parent;
    this.#ownsBackend = ownsBackend;
  }

  /** The session of a namespace. Closing it closes nothing else; it ends with this one. */
  namespace(name: string): Session {
    const { scope } = this.environment;
    requireNamespace(name, scope.namespace);
    return new Session(environmentWithin(this.environment, name), { parent: this });
  }

  /** Runs one operation that ends with its promise. */
  async run<T>(
    name: OperationName,
    id: string | undefined,
    options: OperationOptions,
    work: (storage: Storage, operation: Operation) => Promise<T>,
  ): Promise<T> {
    return runOperation(this.environment, name, id, options, (operation, lifetime) =>
      work(new Storage(operation, lifetime), operation),
    );
  }

  /** What has to be known before anything is written; asked once for a store and all its namespaces. */
  async prepare(storage: Storage): Promise<BackendCapabilities> {
    if (this.#parent !== undefined) return this.#parent.prepare(storage);
    const { lifetime, environment } = storage;
    while (this.#capabilities === undefined) {
      const asking = this.#asking;
      // A failure or an abort is of the operation that asked: of those who waited, one asks anew.
      if (asking === undefined) return this.#ask(storage);
      await bounded(lifetime, environment.limits.timeoutMs, 'another operation', () => asking);
    }
    return this.#capabilities;
  }

  async #ask(storage: Storage): Promise<BackendCapabilities> {
    const answer = (async () => {
      const capabilities = await storage.capabilities();
      await declareFormat(storage, capabilities);
      return capabilities;
    })();
    this.#asking = answer.then(
      () => undefined,
      () => undefined,
    );
    try {
      this.#capabilities = await answer;
      return this.#capabilities;
    } finally {
      this.#asking = undefined;
    }
  }

  get closed(): boolean {
    return this.#closed || this.#parent?.closed === true;
  }

  requireOpen(): void {
    if (this.closed) throw configuration('store', 'the store is closed');
  }

  /** Refuses further operations, and closes a backend that was opened for this session alone; again after a failure. */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#ownsBackend) return;
    this.#closing ??= this.#closeBackend();
    await this.#closing;
  }

  async #closeBackend(): Promise<void> {
    try {
      await this.environment.backend.close();
    } catch (cause) {
      this.#closing = undefined;
      throw isArtifactError(cause) ? cause : new ArtifactError('BACKEND', 'the backend could not be closed', { cause });
    }
  }
}
