/** Somewhere in memory for small objects, opened empty. */
export interface InMemory {
  readonly put: (key: string, bytes: Uint8Array) => Promise<void>;
  readonly get: (key: string) => Promise<Uint8Array>;
}

/** One way of keeping small objects in memory, verified when they are read. */
export interface Lane {
  readonly name: string;
  readonly does: string;
  readonly open: () => InMemory;
}
