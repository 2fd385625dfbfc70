import type {
  ArtifactBackend,
  BackendCapabilities,
  CallOptions,
  DeleteOptions,
  ListOptions,
  ObjectInfo,
  ReadOptions,
  ReadResult,
  WriteOptions,
  Written,
} from './backend.ts';
import { invalidArgument } from './errors.ts';
import { isKey } from './keys.ts';
import { topLevelNames } from './layout.ts';

const maxPrefixLength = 96;

/**
 * A backend whose keys all lie under `prefix` of another one, so that several stores share a medium. It separates
 * nothing that a signature would have to: for tenants give each store its own audience.
 *
 * `discardUnfinished` reaches the whole medium. Closing it closes the inner backend.
 *
 * @throws `INVALID_ARGUMENT` when `prefix` is not of the key alphabet, does not end in `/`, is longer than 96 characters, or
 * begins with a name of the store's own
 */
export function withPrefix(backend: ArtifactBackend, prefix: string): ArtifactBackend {
  const [first = ''] = prefix.split('/');
  if (
    !prefix.endsWith('/') ||
    prefix.length > maxPrefixLength ||
    !isKey(prefix.slice(0, -1)) ||
    topLevelNames.has(first)
  ) {
    throw invalidArgument(
      'prefix',
      `prefix ${JSON.stringify(prefix.slice(0, 120))} is not 1 to ${maxPrefixLength} characters of [a-z0-9._/=-] that end in "/" and begin with no name of the store's own`,
    );
  }
  return new PrefixedBackend(backend, prefix);
}

class PrefixedBackend implements ArtifactBackend {
  readonly contract: 1;
  readonly name: string;
  readonly #inner: ArtifactBackend;
  readonly #prefix: string;

  constructor(inner: ArtifactBackend, prefix: string) {
    this.contract = inner.contract;
    this.name = inner.name;
    this.#inner = inner;
    this.#prefix = prefix;
  }

  capabilities(options?: CallOptions): Promise<BackendCapabilities> {
    return this.#inner.capabilities(options);
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<Written> {
    return this.#outside(await this.#inner.write(this.#prefix + key, body, options));
  }

  async read(key: string, options?: ReadOptions): Promise<ReadResult> {
    const result = await this.#inner.read(this.#prefix + key, options);
    return result.status === 'absent' ? result : { ...result, info: this.#outside(result.info) };
  }

  delete(key: string, options?: DeleteOptions): Promise<void> {
    return this.#inner.delete(this.#prefix + key, options);
  }

  async *list({ prefix, after, signal }: ListOptions): AsyncIterable<ObjectInfo> {
    const inside = {
      prefix: this.#prefix + prefix,
      after: after === undefined ? undefined : this.#prefix + after,
      signal,
    };
    for await (const info of this.#inner.list(inside)) yield this.#outside(info);
  }

  discardUnfinished(before: Date, options?: CallOptions): Promise<void> {
    return this.#inner.discardUnfinished(before, options);
  }

  check(options?: CallOptions): Promise<void> {
    return this.#inner.check(options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #outside<T extends Written>(written: T): T {
    return { ...written, key: written.key.slice(this.#prefix.length) };
  }
}
