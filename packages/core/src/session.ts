import { bounded } from './abort.ts';
import type { BackendCapabilities } from './backend.ts';
import type { Environment } from './environment.ts';
import { ArtifactError } from './errors.ts';
import type { OperationName } from './events.ts';
import { declareFormat } from './format.ts';
import { namespacePrefix } from './layout.ts';
import { requireNamespace } from './namespaces.ts';
import { runOperation, type Operation, type OperationOptions } from './operation.ts';
import { Storage } from './storage.ts';

/** What all operations of one store share, or of one namespace of it: its environment, and whether it is still open. */
export class Session {
  readonly environment: Environment;
  readonly #parent: Session | undefined;
  readonly #ownsBackend: boolean;
  #capabilities: BackendCapabilities | undefined;
  #asking: Promise<BackendCapabilities | undefined> | undefined;
  #closed = false;

  constructor(
    environment: Environment,
    { parent, ownsBackend = false }: { readonly parent?: Session; readonly ownsBackend?: boolean } = {},
  ) {
    this.environment = environment;
    this.#parent = parent;
    this.#ownsBackend = ownsBackend;
  }

  /** The session of a namespace. Closing it closes nothing else; it ends with this one. */
  namespace(name: string): Session {
    const { scope } = this.environment;
    requireNamespace(name, scope.namespace);
    const inside = { scope: { ...scope, namespace: name }, keyPrefix: namespacePrefix(name) };
    return new Session({ ...this.environment, ...inside }, { parent: this });
  }

  /** Runs one operation that ends with its promise. */
  async run<T>(
    name: OperationName,
    id: string | undefined,
    options: OperationOptions,
    work: (storage: Storage, operation: Operation) => Promise<T>,
  ): Promise<T> {
    this.requireOpen();
    return runOperation(this.environment, name, id, options, (operation, lifetime) =>
      work(new Storage(operation, lifetime), operation),
    );
  }

  /** What has to be known before anything is written; asked once for a store and all its namespaces. */
  async prepare(storage: Storage): Promise<BackendCapabilities> {
    if (this.#parent !== undefined) return this.#parent.prepare(storage);
    if (this.#capabilities !== undefined) return this.#capabilities;
    const { lifetime, environment } = storage;
    const asking = this.#asking;
    const shared = asking && (await bounded(lifetime, environment.limits.timeoutMs, 'another operation', () => asking));
    // A failure or an abort is of the operation that asked: who waited asks for itself.
    if (shared !== undefined) return shared;
    const own = ask(storage);
    this.#asking = own.catch(() => undefined);
    try {
      this.#capabilities = await own;
      return this.#capabilities;
    } finally {
      this.#asking = undefined;
    }
  }

  get closed(): boolean {
    return this.#closed || this.#parent?.closed === true;
  }

  requireOpen(): void {
    if (this.closed) throw new ArtifactError('CONFIGURATION', 'the store is closed', { field: 'store' });
  }

  /** Refuses further operations, and closes a backend that was opened for this session alone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#ownsBackend) await this.environment.backend.close();
  }
}

async function ask(storage: Storage): Promise<BackendCapabilities> {
  const capabilities = await storage.capabilities();
  await declareFormat(storage, capabilities);
  return capabilities;
}
