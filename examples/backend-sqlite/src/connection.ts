import sqlite from 'node-sqlite3-wasm';
import type { Database } from 'node-sqlite3-wasm';

import { classified } from './failures.ts';

export type Value = string | number | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

/** The client, with failures that are classified. All of it is synchronous. */
export class Connection {
  readonly #database: Database;

  /** Does not read the file yet. Creates it when it is absent. */
  constructor(file: string) {
    this.#database = attempt(() => new sqlite.Database(file));
  }

  get(sql: string, values: readonly Value[] = []): Row | undefined {
    return attempt(() => this.#database.get(sql, [...values])) ?? undefined;
  }

  all(sql: string, values: readonly Value[]): readonly Row[] {
    return attempt(() => this.#database.all(sql, [...values]));
  }

  /** How many rows were changed. */
  run(sql: string, values: readonly Value[]): number {
    return attempt(() => this.#database.run(sql, [...values])).changes;
  }

  exec(sql: string): void {
    attempt(() => this.#database.exec(sql));
  }

  /** All of `work` or nothing. `work` never waits, so no other handle's statement can become part of it. */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.inTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    attempt(() => this.#database.close());
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw classified(error);
  }
}
