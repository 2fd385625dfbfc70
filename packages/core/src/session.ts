import { bounded } from './abort.ts';
import { Accounts } from './accounts.ts';
import type { BackendCapabilities } from './backend.ts';
import { environmentWithin, type Environment } from './environment.ts';
import { ArtifactError, configuration, isArtifactError } from './errors.ts';
import type { OperationName } from './events.ts';
import { allowanceOf, LedgerSearch } from './find-ledger.ts';
import { declareFormat } from './format.ts';
import type { Ledger } from './ledger.ts';
import { requireNamespace, type NamespaceOptions } from './namespaces.ts';
import { accountingOf } from './quota.ts';
import { runOperation, type Operation, type OperationOptions } from './operation.ts';
import { Storage } from './storage.ts';
import { Transaction } from './transaction.ts';

/** What all operations of one store share, or of one namespace of it: its environment, and whether it is still open. */
export class Session {
  readonly environment: Environment;
  readonly #parent: Session | undefined;
  readonly #ownsBackend: boolean;
  readonly #accounts: Accounts;
  #ledger: Ledger | undefined;
  readonly #search = new LedgerSearch();
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
    this.#accounts = parent === undefined ? new Accounts() : parent.#accounts;
  }

  /** The session of a namespace. Closing it closes nothing else; it ends with this one. */
  namespace(name: string, { quota, trackUsage }: NamespaceOptions = {}): Session {
    const { scope, accounting, limits } = this.environment;
    requireNamespace(name, scope.namespace);
    const tracked = trackUsage ?? accounting?.tracked;
    const inside = {
      ...environmentWithin(this.environment, name),
      accounting: accountingOf(quota, tracked, limits.idleTimeoutMs),
    };
    return new Session(inside, { parent: this });
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

  /** One change of the record of `id`, which is accounted for where usage is kept. */
  async transaction(storage: Storage, id: string): Promise<Transaction> {
    const capabilities = await this.prepare(storage);
    return this.#accounted(storage, id, capabilities, await this.ledger(capabilities));
  }

  /** The same for what keeps a store in order, also where nobody told it of a quota: what it leaves behind has to be settled. */
  async upkeep(storage: Storage, id: string): Promise<Transaction> {
    const capabilities = await this.prepare(storage);
    return this.#accounted(storage, id, capabilities, await this.#anyLedger(storage, capabilities));
  }

  /** A record of this revision is about to be written over by what says the same: whatever reservation it has is settled. */
  async leaves(storage: Storage, id: string, revision: string): Promise<void> {
    await (await this.upkeep(storage, id)).allowance?.leaves(revision);
  }

  /** Also one that nobody told of. */
  async #anyLedger(storage: Storage, capabilities: BackendCapabilities): Promise<Ledger | undefined> {
    const isTold = this.environment.accounting !== undefined;
    return isTold ? this.ledger(capabilities) : this.#search.find(storage, capabilities);
  }

  async #accounted(
    storage: Storage,
    id: string,
    capabilities: BackendCapabilities,
    ledger: Ledger | undefined,
  ): Promise<Transaction> {
    const allowance = await allowanceOf(storage, id, ledger, this.environment.accounting?.quota);
    return new Transaction(storage, capabilities, id, allowance);
  }

  /** Where the usage of this store or namespace is kept, if it is. @throws `UNSUPPORTED` when its quota cannot be */
  async ledger(capabilities: BackendCapabilities): Promise<Ledger | undefined> {
    this.#ledger ??= await this.#accounts.ledger(this.environment, capabilities);
    return this.#ledger;
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

  /** Refuses further operations, hands back what of a quota was leased, and closes a backend that was opened for this session alone; again after a failure. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#parent === undefined) await this.#accounts.close();
    else await this.#ledger?.lease?.close();
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
