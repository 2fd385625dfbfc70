/**
 * The contract between the store and a storage medium. A backend stores bytes under keys and nothing else: ids, limits,
 * digests, signatures, expiry and events are the store's. `@artifacts/testkit` holds one rule for every promise below.
 *
 * Keys are made by core, from the alphabet `[a-z0-9._/=-]`, 1 to 1,024 bytes, with no empty, `.` or `..` segment. A
 * backend never escapes, folds or interprets a key or a byte.
 */
export interface ArtifactBackend {
  /** The version of this contract. A store refuses a version it does not know. */
  readonly contract: 1;

  /** A short name for error messages and metric labels, such as `local` or `s3`. */
  readonly name: string;

  /**
   * What this backend can promise. Claims only: the testkit checks each claim and each denial. May do requests and
   * leave nothing behind; the store asks once, before its first write, and a reader never asks.
   */
  capabilities(options?: CallOptions): Promise<BackendCapabilities>;

  /**
   * Stores `body` under `key`, all or nothing: until it resolves, readers see the previous object or none, and for ever
   * if it rejects. Only a lost answer may leave the whole new object behind, and never a part of it: an abort, an error
   * that is `retryable`, or one that is not an `ArtifactError`. Once it resolves, every reader sees the new object and it
   * is as durable as the backend promises.
   *
   * When iterating `body` throws, `write` rejects with that very error and stores nothing. The backend iterates `body`
   * once and to its end, pulls no faster than it stores, and may keep no reference to a chunk once the next one was
   * asked for. A body rejects when the `signal` of the call aborts, so a backend never has to watch a stalled body.
   *
   * @throws `PRECONDITION_FAILED` when `condition` does not hold, `UNSUPPORTED` when it cannot be checked,
   * `INVALID_ARGUMENT` when a condition comes with a body that is not a `Uint8Array`, or when `size` is given and the
   * body has another length.
   */
  write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<Written>;

  /**
   * Finds the object under `key`. Absence is a result, not an error. Nothing is held open until the `body` is iterated,
   * which may be done once; whatever it holds is released when the iteration ends, throws, is left early or is aborted.
   * Iterating rejects with `SUPERSEDED` when the object is no longer the one `info` describes: bytes of two versions are
   * never mixed. A chunk belongs to whoever got it: it is never filled again, and changing it changes nothing stored.
   */
  read(key: string, options?: ReadOptions): Promise<ReadResult>;

  /**
   * Removes the object under `key`. An absent object is not an error, with and without a condition.
   *
   * @throws `PRECONDITION_FAILED` when `condition` does not hold, `UNSUPPORTED` when `conditionalDelete` is not claimed.
   */
  delete(key: string, options?: DeleteOptions): Promise<void>;

  /**
   * Every object whose key starts with `prefix`, in ascending byte order of keys. An object present during the whole
   * listing appears exactly once; one that comes or goes meanwhile may or may not appear. Memory does not grow with the
   * number of objects beyond what the medium itself returns at once.
   */
  list(options: ListOptions): AsyncIterable<ObjectInfo>;

  /**
   * Discards what interrupted writes that began before `before` left behind (staging files, multipart uploads), and
   * never anything a write in progress still needs.
   */
  discardUnfinished(before: Date, options?: CallOptions): Promise<void>;

  /** Rejects unless the medium is reachable and the rights needed are there. Reads only. */
  check(options?: CallOptions): Promise<void>;

  /** Releases what this backend opened itself, never an injected client. May be called more than once. */
  close(): Promise<void>;
}

/** What a backend can promise. What it does not claim it refuses with `UNSUPPORTED`; it never pretends. */
export interface BackendCapabilities {
  /** Of any number of concurrent writes with `{ absent: true }` exactly one succeeds. */
  readonly createIfAbsent: boolean;
  /** Of any number of concurrent writes with the same `{ version }` exactly one succeeds. */
  readonly compareAndSwap: boolean;
  /** A delete with `{ version }` is atomic, also against a concurrent conditional write. */
  readonly conditionalDelete: boolean;
}

/**
 * Options of every call. An aborted call settles within a second, with the signal's reason, and one that was aborted
 * before does nothing. A call that has ended leaves no listener on the signal.
 */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What must hold of the object under the key for a write to happen. */
export type WriteCondition = { readonly absent: true } | { readonly version: string };

export interface WriteOptions extends CallOptions {
  readonly condition?: WriteCondition | undefined;
  /** The exact size of `body` in bytes, when known. */
  readonly size?: number | undefined;
  /** An upper bound of the size in bytes, when the size is not known. */
  readonly maxSize?: number | undefined;
  /**
   * The artifact is retained until then. A medium with a protection of its own may keep the bytes from being destroyed that
   * long; it must still overwrite and delete the object when it is asked to. Others ignore it: the store keeps retention itself.
   */
  readonly retainUntil?: Date | undefined;
}

/** What was stored. */
export interface Written {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Names the stored bytes: different bytes under one key never share a version, equal bytes may. Opaque, at most 256
   * printable ASCII characters.
   */
  readonly version: string;
}

/** One stored object. */
export interface ObjectInfo extends Written {
  /** When it was written, by the medium's clock. */
  readonly modifiedAt: Date;
}

export interface ReadOptions extends CallOptions {
  /**
   * The bytes `[start, end)`, honoured exactly. `end` past the object is its end, `start` past it gives an empty body;
   * `info.size` is always the whole object's.
   */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
  /** Answer `unchanged`, without a body, when the object still has this version. */
  readonly ifChanged?: string | undefined;
}

export type ReadResult =
  | { readonly status: 'absent' }
  | { readonly status: 'unchanged'; readonly info: ObjectInfo }
  | { readonly status: 'found'; readonly info: ObjectInfo; readonly body: AsyncIterable<Uint8Array> };

export interface DeleteOptions extends CallOptions {
  readonly condition?: { readonly version: string } | undefined;
}

export interface ListOptions extends CallOptions {
  /** Any start of a key, not a folder; empty for all. */
  readonly prefix: string;
  /** An exclusive start: only keys after it. Need not exist. */
  readonly after?: string | undefined;
}
